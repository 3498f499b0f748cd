"""Without a GPU: the fallback, and that one thread does all searches (over a stand-in GPU)."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from tests.unit.gallery.tiny import RECIPE, tiny_gallery, unit_vectors
from vislex.gallery.index import Index, all_vectors, flat_index, nearest
from vislex.gallery.index_build import build_index
from vislex.gallery.index_gpu import to_gpu
from vislex.gallery.lock import locked
from vislex.screens.serve import ScreenOpener
from vislex.screens.storage import publish_gallery

VECTORS = unit_vectors(1200, dim=16)


class StandIn:
    """A copy on a GPU, that notes which threads search it, and whether two do at once."""

    def __init__(self, cpu: Any) -> None:
        self.cpu, self.threads, self.busy, self.clashes = cpu, set[int](), False, 0

    def search(self, queries: Any, k: int, params: Any = None) -> Any:
        self.clashes += self.busy
        self.busy = True
        self.threads.add(threading.get_ident())
        found = self.cpu.search(queries, k, params=params)
        self.busy = False
        return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[StandIn]:
    made: list[StandIn] = []

    def copy(resources: object, device: int, cpu: Any) -> StandIn:
        made.append(StandIn(cpu))
        return made[-1]

    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", copy, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    return made


@pytest.mark.parametrize("kind", ["flat", "flat16", "ivf", "ivfpq"])
def test_one_thread_searches_for_everyone(made: list[StandIn], kind: Any) -> None:
    index = build_index(VECTORS, kind)
    gpu = to_gpu(index)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: nearest(gpu, VECTORS[row : row + 1], 5), range(64)))
    for row, one in enumerate(found):
        assert one.rows.tolist() == nearest(index, VECTORS[row : row + 1], 5).rows.tolist()
    assert (len(made[0].threads), made[0].clashes) == (1, 0)
    assert threading.get_ident() not in made[0].threads
    assert (gpu.count, gpu.dim) == (1200, 16)
    np.testing.assert_array_equal(all_vectors(gpu), all_vectors(index))


def refused(index: Index, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.WARNING):
        assert to_gpu(index) is index
    return caplog.text


def test_without_faiss_gpu_the_cpu_serves_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    if hasattr(faiss, "StandardGpuResources"):
        pytest.skip("faiss-gpu is installed")
    assert "built for the CPU alone" in refused(flat_index(VECTORS), caplog)


def test_without_a_gpu_the_cpu_serves_and_says_so(
    made: list[StandIn], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 0)
    assert "FAISS sees 0 GPUs" in refused(flat_index(VECTORS), caplog)


def test_hnsw_stays_on_the_cpu(made: list[StandIn], caplog: pytest.LogCaptureFixture) -> None:
    assert "hnsw index has no GPU version" in refused(build_index(VECTORS, "hnsw"), caplog)


def test_a_server_that_is_told_so_searches_on_the_gpu(made: list[StandIn], tmp_path: Path) -> None:
    with locked(tmp_path) as lock:
        publish_gallery(lock, tiny_gallery(1))
    gallery = ScreenOpener(RECIPE, gpu=0).open(tmp_path, "v000001")
    nearest(gallery.index, gallery.index.vectors(np.array([0])), 2)
    assert made[0].threads
    on_cpu = ScreenOpener(RECIPE).open(tmp_path, "v000001")
    assert type(on_cpu.index.searched) is faiss.IndexFlatIP
