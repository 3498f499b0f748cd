"""Teaching the bundled encoder: data, network, loss, schedule, validation."""
