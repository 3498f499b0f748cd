"""What several test folders share: a written repository, a small gallery, a running server."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from export.repository.deployment import Deployment
from export.repository.write import write_repository
from index_builder.build import build_gallery
from tests.collector import Collector, run_collector
from tests.images import SAMPLES
from tests.workers import once, pytest_xdist_make_scheduler
from vislex.gallery.recipe import read_recipe
from vislex.images.observe import Models
from vislex.infer import Infer
from vislex.infer.repository import open_infer
from vislex.ocr.characters import read_characters
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery
from vislex.serving.background import RunningService, run_service
from vislex.serving.server import Server, run_triton_server

__all__ = ["pytest_xdist_make_scheduler"]  # pytest-xdist looks for it here

# Tests speak to this machine alone; those of proxies name their own.
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]

# A shell's background job ignores Ctrl-C, and so would every program that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

collect_ignore = ["new_pipeline"]  # its tests run in the copy of the tree where it is added

IMAGES_A_LABEL = 2  # enough for a gallery that answers, few enough to build in seconds


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository over the bundled encoder, as `vislex-export repository` writes it."""
    return once(tmp_path_factory, "repository", write_repository)


@pytest.fixture(scope="session")
def openvino_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for OpenVINO on two cores."""
    deployment = Deployment("openvino", cores=2)
    return once(tmp_path_factory, "openvino", partial(write_repository, deployment=deployment))


@pytest.fixture(scope="session")
def infer(repository: Path) -> Infer:
    return open_infer(repository)


@pytest.fixture(scope="session")
def characters(repository: Path) -> tuple[str, ...]:
    return read_characters(repository)


@pytest.fixture(scope="session")
def gallery_root(
    repository: Path,
    infer: Infer,
    characters: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A gallery of the first images of every sample label."""

    def build(root: Path) -> None:
        images = tmp_path_factory.mktemp("images")
        for label in sorted((SAMPLES / "gallery").iterdir()):
            (images / label.name).mkdir()
            for path in sorted(label.iterdir())[:IMAGES_A_LABEL]:
                shutil.copy(path, images / label.name)
        recipe = read_recipe(repository)
        build_gallery(images, root, models=Models(infer, characters, recipe.dim), recipe=recipe)

    return once(tmp_path_factory, "gallery", build)


@pytest.fixture(scope="session")
def gallery(repository: Path, gallery_root: Path) -> Gallery:
    return open_gallery(gallery_root, read_recipe(repository))


@dataclass(frozen=True)
class Served:
    """A running server and the files it serves."""

    server: Server
    repository: Path
    gallery_root: Path


@pytest.fixture(scope="session")
def served(
    repository: Path, gallery_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The real tritonserver on free loopback ports, stopped at the end of the session."""
    log = tmp_path_factory.mktemp("log") / "tritonserver.log"
    environment = {"VISLEX_GALLERY": str(gallery_root)}
    with run_triton_server(repository, environment=environment, log=log) as server:
        yield Served(server, repository, gallery_root)


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where `service` sends its traces."""
    with run_collector() as running:
        yield running


@pytest.fixture(scope="session")
def service(
    repository: Path,
    gallery_root: Path,
    collector: Collector,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningService]:
    """The whole of `serve`: gateway and supervised server. Tests leave it well, or wait for it."""
    folder = tmp_path_factory.mktemp("service")
    flags = (
        "--grace-seconds", "0.2", "--max-in-flight", "4", "--log-format", "json",
        "--otlp", collector.url, "--trace-rate", "1", "--restarts", "99",
    )  # fmt: skip
    with run_service(repository, {"default": gallery_root}, folder, flags=flags) as running:
        yield running
