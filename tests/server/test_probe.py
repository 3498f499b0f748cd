"""A server whose encoder computes otherwise than its source does not answer."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as triton
from PIL import Image
from tritonclient.utils import InferenceServerException

from tests.images import encoded, quarters
from tests.unit.infer.test_probe import swap_model
from vislex.errors import ServerError
from vislex.serving.background import run_service
from vislex.serving.server import run_triton_server

SAID = "computes otherwise on this machine"


@pytest.fixture
def swapped(repository: Path, tmp_path: Path) -> Path:
    out = Path(shutil.copytree(repository, tmp_path / "repository"))
    swap_model(out)
    return out


def test_serve_refuses_to_start(swapped: Path, gallery_root: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=rf"{SAID}.*expected 0.99999.*export repository"),
        run_service(swapped, {"default": gallery_root}, tmp_path),
    ):
        pytest.fail("the server started")
    assert "ready:" not in (tmp_path / "serve.log").read_text()


def test_a_server_without_the_launcher_answers_no_embedding(
    swapped: Path, gallery_root: Path
) -> None:
    environment = {"VISLEX_GALLERY": str(gallery_root)}
    with run_triton_server(swapped, environment=environment) as server:
        client = triton.InferenceServerClient(server.grpc_url)
        image = triton.InferInput("IMAGE", [1, 1], "BYTES")
        file = encoded(Image.fromarray(quarters()))
        image.set_data_from_numpy(np.array([[file]], object))
        for _ in range(2):
            with pytest.raises(InferenceServerException, match=SAID):
                client.infer("embed", [image])
