"""A machine that is three times slower than it was: batches still get every answer, and right."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from vislex_client import Classification, Client, VislexError

from index_builder.evaluation.classifiers import served_classifier
from index_builder.evaluation.evaluate import judge
from index_builder.ingest.images import find_images
from tests.images import SAMPLES
from tests.service import child_of
from vislex.screens.gallery import Gallery
from vislex.screens.options import DEFAULT_OPTIONS
from vislex.serving.background import RunningService, run_service

LABELS = ("ppd_user_info", "wld_amount", "zsyh_setting")
AT_ONCE = 12
CORES = 2  # of the server, so that as much at once is much for any machine
SLOWER = 3
_TURN_S = 0.25  # of which the server runs a part


@pytest.fixture(scope="module")
def service(
    repository: Path, gallery_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    flags = ("--max-in-flight", "64")  # nothing is turned away: what is too much comes late
    folder = tmp_path_factory.mktemp("patience")
    with ExitStack() as stack:
        with on_few_cores():
            started = run_service(repository, {"default": gallery_root}, folder, flags=flags)
            service = stack.enter_context(started)
        yield service


@contextmanager
def on_few_cores() -> Iterator[None]:
    """What is started within stays on those cores."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(usual)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


@contextmanager
def slowed(service: RunningService) -> Iterator[None]:
    """Stops Triton and its workers most of the time, as other programs on its cores would."""
    group, over = child_of(service.process.pid), threading.Event()

    def hold() -> None:
        while not over.is_set():
            os.killpg(group, signal.SIGSTOP)
            time.sleep(_TURN_S * (SLOWER - 1) / SLOWER)
            os.killpg(group, signal.SIGCONT)
            time.sleep(_TURN_S / SLOWER)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def seconds_of(client: Client, image: Path) -> float:
    began = time.monotonic()
    client.classify(image)
    return time.monotonic() - began


def test_a_slow_server_answers_every_image(
    service: RunningService, gallery: Gallery, tmp_path: Path
) -> None:
    for label in LABELS:
        shutil.copytree(SAMPLES / "queries" / label, tmp_path / label)
    queries = find_images(tmp_path)
    assert len(queries) == AT_ONCE
    paths = [query.path for query in queries]
    with Client.patient(service.grpc_url) as client:
        expected = list(client.classify_many(paths))
        with slowed(service):
            # A deadline that one image keeps with room to spare, and all of them at once do not.
            deadline_s = 3 * max(seconds_of(client, path) for path in paths[:3])
            with Client(service.grpc_url, timeout_s=deadline_s) as quick:
                found = list(quick.classify_many(paths, concurrency=AT_ONCE))
                assert any(isinstance(one, VislexError) for one in found)
            with Client.patient(
                service.grpc_url, concurrency=AT_ONCE, timeout_s=deadline_s
            ) as patient:
                ask = served_classifier(patient, DEFAULT_OPTIONS, gallery)
                run = judge(queries, ask, workers=patient.in_flight, progress=False)
    assert [one.error for one in run] == [""] * AT_ONCE
    for one, usual in zip(run, expected, strict=True):
        assert isinstance(one.outcome, Classification)
        assert isinstance(usual, Classification)
        assert (one.label, one.outcome.decision) == (usual.label, usual.decision)
        assert one.named
