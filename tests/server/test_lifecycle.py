"""Starting and stopping: refusals that say why, and nothing left behind on any way out."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as triton
from PIL import Image
from tritonclient.utils import InferenceServerException

from tests.images import encoded, quarters
from tests.service import child_of, group_members, wait_until_gone
from vislex.errors import ServerError
from vislex.gallery.lock import locked
from vislex.gallery.recipe import RECIPE_FILE
from vislex.screens.storage import open_gallery, publish_gallery
from vislex.serving.server import Ports, run_triton_server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def matching(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of `match` alone, which reads the gallery: the other models take long."""
    folder = tmp_path_factory.mktemp("matching")
    shutil.copytree(repository / "match", folder / "match")
    shutil.copy(repository / RECIPE_FILE, folder)
    return folder


@dataclass(frozen=True)
class Ended:
    """A server that was left by an exception: its process group while it ran, and its log."""

    group: int
    members: list[int]
    log: str


@pytest.fixture(scope="module")
def ended(repository: Path, gallery_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """It refused twelve requests before."""
    environment, log = {"VISLEX_GALLERY": str(gallery_root)}, tmp_path_factory.mktemp("log") / "log"
    image = np.array([[encoded(Image.fromarray(quarters(720, 1280)))]], object)
    tensor = triton.InferInput("IMAGE", image.shape, "BYTES")
    tensor.set_data_from_numpy(image)
    members: list[int] = []
    with (
        pytest.raises(KeyError),
        run_triton_server(repository, environment=environment, log=log) as server,
        triton.InferenceServerClient(server.grpc_url) as client,
    ):
        group = server.process.pid
        members = group_members(group)
        for options in ({"top_k": 10**6}, {"alpha": 2.0}, {"read": "perhaps"}) * 4:
            with pytest.raises(InferenceServerException, match="expected"):
                client.infer("classify", [tensor], parameters=options)
        raise KeyError
    return Ended(group, members, log.read_text())


def refusal(repository: Path, gallery: Path) -> str:
    with (
        pytest.raises(ServerError) as caught,
        run_triton_server(repository, environment={"VISLEX_GALLERY": str(gallery)}),
    ):
        pytest.fail("the server started")
    return str(caught.value)


def test_a_taken_port_is_named(repository: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServerError, match=f"grpc port 127.0.0.1:{port}"),
            run_triton_server(repository, ports=Ports(grpc=port)),
        ):
            pytest.fail("the server started")


def test_a_missing_gallery_stops_the_start(matching: Path, tmp_path: Path) -> None:
    assert f"no gallery at {tmp_path}" in refusal(matching, tmp_path)


def test_a_gallery_of_another_encoder_stops_the_start(
    matching: Path, gallery_root: Path, tmp_path: Path
) -> None:
    foreign = open_gallery(gallery_root, None)
    recipe = replace(foreign.recipe, encoder="0" * 64)
    with locked(tmp_path / "gallery") as lock:
        publish_gallery(lock, replace(foreign, recipe=recipe))
    reason = refusal(matching, tmp_path / "gallery")
    assert "encoder 000000000000" in reason
    assert "expected" in reason


@pytest.mark.parametrize("damage", ["missing", "corrupt"])
def test_a_damaged_gallery_file_stops_the_start(
    matching: Path, gallery_root: Path, tmp_path: Path, damage: str
) -> None:
    gallery = tmp_path / "gallery"
    shutil.copytree(gallery_root, gallery)
    path = gallery / "v000001" / "vectors.npy"
    if damage == "missing":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert f"{path} is {'missing' if damage == 'missing' else 'not as written'}" in refusal(
        matching, gallery
    )


def test_a_missing_model_stops_the_start(
    repository: Path, gallery_root: Path, tmp_path: Path
) -> None:
    torn = tmp_path / "repository"
    shutil.copytree(repository, torn)
    (torn / "siglip2" / "1" / "model.onnx").unlink()
    assert "siglip2" in refusal(torn, gallery_root)


def test_nothing_outlives_an_exception(ended: Ended) -> None:
    assert len(ended.members) > 5  # the server and the stubs of its models
    assert wait_until_gone(ended.group) == []


def test_refused_requests_are_not_kept(ended: Ended) -> None:
    """A request that fails beside a running branch is never released by Triton 24.10."""
    assert "Found 0 model versions that have in-flight inferences" in ended.log


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])  # SIGTERM: test_service.py
def test_nothing_outlives_serve(
    repository: Path, gallery_root: Path, tmp_path: Path, how: signal.Signals
) -> None:
    command = [
        sys.executable, "-m", "vislex", "serve", "--repository", str(repository),
        "--gallery", str(gallery_root), "--grpc-port", "0", "--http-port", "0",
        "--metrics-port", "0", "--log", str(tmp_path / "log"),
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as serve:
        assert serve.stdout is not None
        lines = [serve.stdout.readline() for _ in range(4)]
        assert "python" in lines[-1] and "-m vislex_client classify" in lines[-1]
        group = child_of(serve.pid)
        os.kill(serve.pid, how)
        serve.wait(300)
    assert serve.returncode == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    assert wait_until_gone(group) == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [("--repository", "is not a written model repository"), ("--gallery", "no gallery at")],
)
def test_serve_says_in_one_line_what_is_missing(
    repository: Path, gallery_root: Path, tmp_path: Path, missing: str, words: str
) -> None:
    paths = {"--repository": repository, "--gallery": gallery_root, missing: tmp_path / "none"}
    command = [sys.executable, "-m", "vislex", "serve"]
    command += [word for name, path in paths.items() for word in (name, str(path))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
