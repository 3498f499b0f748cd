"""Load and benchmarks: how fast the served pipeline is, and what it does under load."""
