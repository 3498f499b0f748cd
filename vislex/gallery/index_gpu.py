"""Searching on a GPU, with faiss-gpu where it is installed.

A GPU index is not safe even for concurrent readers (faiss issue 367), so one thread owns it and
everyone's searches go through that. The CPU's copy stays, for the vectors of single rows.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from vislex.gallery.index import Index

_log = logging.getLogger(__name__)


class GpuSearch:
    """What vislex uses of a FAISS index, each search in the one thread that owns the GPU's copy."""

    def __init__(self, cpu: faiss.Index, device: int) -> None:
        self._cpu = cpu
        self._owner = ThreadPoolExecutor(1, thread_name_prefix="faiss-gpu")
        self._gpu = self._owner.submit(self._copy, device).result()
        self.ntotal, self.d = cpu.ntotal, cpu.d
        self.nlist, self.nprobe = getattr(cpu, "nlist", 0), getattr(cpu, "nprobe", 0)

    def _copy(self, device: int) -> Any:
        gpu: Any = faiss  # these names are only in the GPU's package
        self._resources = gpu.StandardGpuResources()  # must live as long as the index
        return gpu.index_cpu_to_gpu(self._resources, device, self._cpu)

    def search(
        self, queries: NDArray[np.float32], k: int, params: Any = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        result = self._owner.submit(self._gpu.search, queries, k, params=params).result()
        return result[0], result[1]

    def reconstruct_batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(self._cpu.reconstruct_batch(rows), np.float32)

    def reconstruct_n(self, first: int, count: int) -> NDArray[np.float32]:
        return np.asarray(self._cpu.reconstruct_n(first, count), np.float32)


def to_gpu(index: Index, device: int = 0) -> Index:
    """The index searched on a GPU; the same one, with a warning in the log, where that cannot be.

    HNSW has no GPU version. More than 2,048 neighbours are beyond what FAISS answers on a GPU.
    """
    if index.kind == "hnsw":
        reason = "an hnsw index has no GPU version"
    elif not hasattr(faiss, "StandardGpuResources"):
        reason = "the installed FAISS is built for the CPU alone (pip install faiss-gpu-cu12)"
    elif faiss.get_num_gpus() <= device:
        reason = f"FAISS sees {faiss.get_num_gpus()} GPUs, not number {device}"
    else:
        # Not a faiss.Index, but it has every member that vislex uses.
        return replace(index, searched=cast(faiss.Index, GpuSearch(index.searched, device)))
    _log.warning("the gallery is searched on the CPU: %s", reason)
    return index
