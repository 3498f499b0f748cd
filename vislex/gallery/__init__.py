"""Any versioned set of vectors: items, index, files and versions on disk."""
