"""Building and judging galleries, offline; `python -m index_builder --help`."""
