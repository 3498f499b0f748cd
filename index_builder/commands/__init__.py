"""The commands of `python -m index_builder`: each module has the options of its own."""
