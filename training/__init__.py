"""How the bundled encoder is taught: screens nobody designed, a contrastive loss, a judge."""
