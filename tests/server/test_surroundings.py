"""The real server among paths, addresses and variables that are not the usual ones."""

import os
import shutil
from pathlib import Path

import pytest
from vislex_client import Client

from tests.collector import Collector
from tests.ipv6 import needs_ipv6
from tests.service import SCREEN, wait_for
from vislex.errors import ServerError
from vislex.network.addresses import with_port
from vislex.network.direct import open_url
from vislex.serving.background import run_service
from vislex.serving.server import run_triton_server

NOBODY = "http://127.0.0.1:9"  # no proxy listens there
TOY = """backend: "python"
input [{ name: "A" data_type: TYPE_FP32 dims: [1] }]
output [{ name: "B" data_type: TYPE_FP32 dims: [1] }]
"""


@needs_ipv6
def test_serve_in_odd_folders_behind_a_dead_proxy_on_both_kinds_of_address(
    repository: Path,
    gallery_root: Path,
    collector: Collector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "我的 files & more"
    (home / "tmp dir").mkdir(parents=True)
    shutil.copytree(repository, home / "仓库")
    shutil.copytree(gallery_root, home / "图库")
    monkeypatch.chdir(home)
    surroundings = {"TMPDIR": str(home / "tmp dir"), "LC_ALL": "C"}
    surroundings |= dict.fromkeys(("http_proxy", "https_proxy", "grpc_proxy"), NOBODY)
    flags = ("--host", "::", "--otlp", collector.url, "--trace-rate", "1")
    sent = len(collector.bodies)
    with run_service(
        home / "仓库", {"default": home / "图库"}, home, flags=flags, environment=surroundings
    ) as service:
        for name in ("http_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, NOBODY)
        port = int(service.grpc_url.rpartition(":")[2])
        assert service.grpc_url == f"[::]:{port}"
        for host in ("::1", "127.0.0.1", "localhost"):
            with Client(with_port(host, port), timeout_s=60) as client:
                assert client.classify(SCREEN).label == "ayh_amount"
        for url in (f"{service.http_url}/v2/health/ready", service.metrics_url):
            for host in ("[::1]", "127.0.0.1"):
                with open_url(url.replace("[::]", host), timeout_s=10) as answer:
                    assert answer.status == 200
        with open_url(service.metrics_url, timeout_s=10) as answer:
            assert b"nv_inference_request_success" in answer.read()  # scraped from Triton
        wait_for(lambda: len(collector.bodies) > sent, 60.0)


@pytest.mark.parametrize("words", ["no licence for this model", ""])
def test_a_worker_that_ends_before_it_speaks_is_told_with_its_words(
    words: str, tmp_path: Path
) -> None:
    model = tmp_path / "toy" / "1" / "model.py"
    model.parent.mkdir(parents=True)
    (tmp_path / "toy" / "config.pbtxt").write_text(TOY)
    model.write_text(f"import os\nos.write(2, {os.fsencode(words)!r})\nos._exit(3)\n")
    log = tmp_path / "log"
    with (
        pytest.raises(ServerError, match=f"last words: {words or 'none; the log is'}"),
        run_triton_server(tmp_path, log=log, ready_timeout_s=600.0),
    ):
        pytest.fail("the server started")
