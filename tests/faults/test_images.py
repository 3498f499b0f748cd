"""Hostile images: every one is answered or refused, in bounded time, and memory stays flat."""

import os
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from vislex_client import Client, InvalidRequest

from tests.faults.mutator import mutated, originals
from tests.images import BAD
from tests.service import RESTARTS, SCREEN, child_of, group_members, memory_mb, scrape
from vislex.errors import InvalidImage
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.prepare import prepare
from vislex.serving.background import RunningService

SLOWEST_S = 30.0  # of the CPU, for a file of a few kB; a machine may be slow
FLAT_MB = 40.0  # allocators keep some; a leak of one 50 kB image in each would be 500


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_mutated_images_are_prepared_or_refused(count: int) -> None:
    files = originals()
    outcomes: Counter[str] = Counter()
    warm_mb = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about torn files
        for seed in range(count):
            if seed == count // 5:
                warm_mb = memory_mb(os.getpid())
            data, began = mutated(seed, files), time.thread_time()
            try:
                assert prepare(data, DEFAULT_LIMITS).canvas.pixels.size
                outcomes["prepared"] += 1
            except InvalidImage as refusal:
                assert str(refusal)
                outcomes["refused"] += 1
            assert time.thread_time() - began < SLOWEST_S, f"seed {seed}"
    assert min(outcomes["prepared"], outcomes["refused"]) > count // 20, outcomes
    assert memory_mb(os.getpid()) - warm_mb < FLAT_MB


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_server_survives_them(service: RunningService, count: int) -> None:
    """Sent four at a time beside good ones, with bombs among them."""
    files = originals()
    bombs = [BAD[name][0]() for name in ("bomb", "larger_bomb", "float_tiff", "truncated_jpeg")]
    restarts = scrape(service)[RESTARTS]
    stubs = group_members(child_of(service.process.pid))
    with Client(service.grpc_url, timeout_s=300) as client:

        def ask(seed: int) -> str:
            data = bombs[seed % 4] if seed % 20 == 0 else mutated(seed, files)
            try:
                # Reading is what takes long, and what comes to it is a clean canvas.
                client.classify(data, read=seed % 10 == 0)
            except InvalidRequest:
                return "refused"
            return "answered"

        with ThreadPoolExecutor(4) as pool:
            outcomes = Counter(pool.map(ask, range(count)))
        assert min(outcomes["answered"], outcomes["refused"]) > 0
        assert client.classify(SCREEN).label == "ayh_amount"
    assert scrape(service)[RESTARTS] == restarts
    assert group_members(child_of(service.process.pid)) == stubs
