"""Which known screen an image shows, or `other`: ranking, evidence, decision."""
