"""Workers and servers that die under load: clients see retries only, and everything comes back."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import grpc
import pytest
from PIL import Image
from vislex_client import Client

from tests.images import encoded, quarters
from tests.service import CANARY, RESTARTS, SCREEN, child_of, http, infer, scrape, stub_of, wait_for
from vislex.gateway import wire
from vislex.serving.background import RunningService, run_service

RETRIED = {"NotReady", "ServerDied", "WorkerDied", "Overloaded"}  # what UNAVAILABLE may begin with
GOOD = encoded(Image.fromarray(quarters()))


def screen_request(image: bytes) -> bytes:
    return wire.image_request("classify", "IMAGE", image)


def ask_until_answered(
    service: RunningService, outcomes: Counter[str], stop: threading.Event
) -> None:
    """A client that does what it should: tries again where the code says that it may."""
    with grpc.insecure_channel(service.grpc_url) as channel:
        while not stop.is_set():
            try:
                infer(channel)(CANARY, timeout=120)
                outcomes["OK"] += 1
            except grpc.RpcError as error:
                kind = error.details().partition(":")[0]
                outcomes[f"{error.code().name} {kind}"] += 1
                time.sleep(0.2)


def kill_under_load(service: RunningService, pid: int) -> Counter[str]:
    """Kills one process while three clients ask; what they saw until the service was back."""
    outcomes: Counter[str] = Counter()
    stop = threading.Event()
    before = scrape(service)[RESTARTS]
    clients = [
        threading.Thread(target=ask_until_answered, args=(service, outcomes, stop))
        for _ in range(3)
    ]
    for client in clients:
        client.start()
    try:
        wait_for(lambda: outcomes["OK"] >= 3)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: http(service, "/v2/health/ready") == 503)  # the truth
        wait_for(lambda: http(service, "/v2/health/ready") == 200)
        answered = outcomes["OK"]
        wait_for(lambda: outcomes["OK"] >= answered + 3)
    finally:
        stop.set()
        for client in clients:
            client.join(300)
    assert scrape(service)[RESTARTS] == before + 1
    return outcomes


@pytest.mark.parametrize(
    "model",
    [
        "match",
        *(pytest.param(m, marks=pytest.mark.long)
          for m in ("prepare", "siglip2", "ocr", "ocr_det", "ocr_rec")),
    ],
)  # fmt: skip
def test_a_killed_worker(service: RunningService, model: str) -> None:
    outcomes = kill_under_load(service, stub_of(service, model))
    assert {o for o in outcomes if o != "OK"} <= {f"UNAVAILABLE {kind}" for kind in RETRIED}


@pytest.mark.long
def test_a_killed_server(service: RunningService) -> None:
    outcomes = kill_under_load(service, child_of(service.process.pid))
    assert {o for o in outcomes if o != "OK"} <= {f"UNAVAILABLE {kind}" for kind in RETRIED}
    with Client(service.grpc_url, timeout_s=300) as client:
        assert client.classify(SCREEN).label == "ayh_amount"


# Stands in for a decoder's memory error: bytes that kill the process which decodes them.
_POISONED = """
import os
from vislex.images import decode as image
_decode = image.decode_image
def decode_image(data, limits):
    if data.endswith(b"POISON"):
        os.kill(os.getpid(), 9)
    return _decode(data, limits)
image.decode_image = decode_image
"""


def poisoned(repository: Path, folder: Path) -> Path:
    """A repository whose decoder dies of images that end with POISON."""
    ours = folder / "repository"
    shutil.copytree(repository, ours)
    adapter = ours / "prepare" / "1" / "model.py"
    adapter.write_text(_POISONED + adapter.read_text())
    return ours


@pytest.mark.long
def test_a_caller_cannot_end_the_launcher(
    repository: Path, gallery_root: Path, tmp_path: Path
) -> None:
    """Another poison each time, where one restart is allowed: it is found out by its form."""
    ours = poisoned(repository, tmp_path)
    said = []
    galleries, flags = {"default": gallery_root}, ("--restarts", "1")
    with (
        run_service(ours, galleries, tmp_path, flags=flags) as service,
        grpc.insecure_channel(service.grpc_url) as channel,
    ):
        for i in range(6):
            wait_for(lambda: http(service, "/v2/health/ready") == 200)
            with pytest.raises(grpc.RpcError) as caught:
                infer(channel)(screen_request(GOOD + b"%d POISON" % i), timeout=60)
            said.append(caught.value.details())
            if caught.value.code() == grpc.StatusCode.UNAVAILABLE:
                wait_for(lambda: scrape(service)[RESTARTS] == len(said))
        plain = screen_request(GOOD) + wire.field(6, wire.field(1, b"LABEL"))
        assert infer(channel)(plain, timeout=60)  # the same caller, another form
        assert service.process.poll() is None
        restarts = scrape(service)
        log = service.log.read_text()
    assert [words.partition(":")[0] for words in said] == ["WorkerDied"] * 2 + [
        "InvalidRequest"
    ] * 4
    assert all("2 times with such a request of this caller inside" in words for words in said[2:])
    assert restarts[RESTARTS] == restarts["vislex_server_restarts_by_calls_total"] == 2
    assert restarts["vislex_requests_quarantined_total"] == 4
    assert log.count("Stub process 'prepare_0_0' is not healthy. (with calls inside)") == 2


@pytest.mark.long
def test_a_poison_image_is_found_out(repository: Path, gallery_root: Path, tmp_path: Path) -> None:
    """It kills its worker twice, then it is refused; whoever was beside it is answered."""
    ours = poisoned(repository, tmp_path)
    good = screen_request(GOOD)
    poison = screen_request(GOOD + b"POISON")
    answers: dict[str, str] = {}
    with run_service(ours, {"default": gallery_root}, tmp_path) as service:

        def ask(name: str, body: bytes) -> None:
            with grpc.insecure_channel(service.grpc_url) as channel:
                for _ in range(200):
                    try:
                        infer(channel)(body, timeout=120)
                        answers[name] = "answered"
                        return
                    except grpc.RpcError as error:
                        answers[name] = f"{error.code().name} {error.details()}"
                        if error.code() != grpc.StatusCode.UNAVAILABLE:
                            return
                    time.sleep(0.5)

        threads = [threading.Thread(target=ask, args=("poison", poison))]
        threads += [
            threading.Thread(target=ask, args=(f"good {i}", good + wire.request_id(str(i))))
            for i in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(600)
        assert scrape(service)[RESTARTS] == 2
    assert "died 2 times with this image inside" in answers.pop("poison")
    assert set(answers.values()) == {"answered"}
