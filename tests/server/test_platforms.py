"""A repository of another platform on the real server, over a gallery built with the first one."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from vislex_client import Client

from export.repository.deployment import Deployment
from export.repository.write import write_repository
from tests.conftest import Served
from tests.images import SAMPLES
from vislex.errors import ServerError
from vislex.serving.server import Server, run_triton_server


@pytest.fixture(scope="module")
def openvino(openvino_repository: Path, gallery_root: Path) -> Iterator[Server]:
    """A server over an OpenVINO repository."""
    environment = {"VISLEX_GALLERY": str(gallery_root)}
    with run_triton_server(openvino_repository, environment=environment) as server:
        yield server


def first_query(label: str) -> Path:
    return sorted((SAMPLES / "queries" / label).iterdir())[0]


@pytest.mark.parametrize("label", ["ayh_amount", "zsyh_setting"])
def test_openvino_answers_as_onnxruntime_does(openvino: Server, served: Served, label: str) -> None:
    with Client(openvino.grpc_url) as client, Client(served.server.grpc_url) as reference:
        found, expected = (one.classify(first_query(label)) for one in (client, reference))
    assert (found.label, found.decision) == (expected.label, expected.decision) == (label, "known")
    assert found.gallery_version == expected.gallery_version
    assert found.score == pytest.approx(expected.score, abs=0.01)
    assert len(found.lines) == len(expected.lines)


def test_openvino_answers_each_of_several_at_once(openvino: Server) -> None:
    """Its encoder takes one image a call, whatever is asked at the same time."""
    labels = ["ayh_amount", "zsyh_setting", "dxm_yqh", "jb_main_page"]
    with Client(openvino.grpc_url) as client, ThreadPoolExecutor(len(labels)) as pool:
        found = list(pool.map(client.classify, map(first_query, labels)))
    assert [answer.label for answer in found] == labels


def test_a_repository_for_a_gpu_does_not_start_without_one(tmp_path: Path) -> None:
    """Its encoder alone says so."""
    write_repository(tmp_path / "whole", deployment=Deployment("onnxruntime", "gpu"))
    shutil.copytree(tmp_path / "whole" / "siglip2", tmp_path / "encoder" / "siglip2")
    with (
        pytest.raises(ServerError, match="GPU"),
        run_triton_server(tmp_path / "encoder"),
    ):
        pytest.fail("the server started")
