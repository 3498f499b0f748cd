"""The commands of `vislex-index`: each module has the options of its own."""
