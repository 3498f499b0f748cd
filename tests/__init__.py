"""Tests. `CONTRIBUTING.md` says which belongs where."""

import os

# The work of NumPy, FAISS and PyTorch is small here, and there are two workers: more threads would
# only wait for each other. They read this when they are loaded, as do processes that tests start.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
