"""What a gallery's own images say of it: copies, odd ones, warnings."""
