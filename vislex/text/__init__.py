"""What images say: units and terms, and looking images up by them."""
