"""Screens that nobody designed, drawn at random to learn from."""
