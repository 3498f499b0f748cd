"""Hosts as text, and connections that never use a proxy."""
