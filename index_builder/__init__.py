"""Building and judging galleries, offline; `vislex-index --help`."""
