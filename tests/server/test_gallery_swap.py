"""Galleries that change while 32 clients ask: nothing fails, and every answer is of one version.

Labels and ids carry the number of their version, so that an answer mixed from two would show.
"""

import json
import re
import shutil
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton
from PIL import Image
from tritonclient.utils import InferenceServerException

from tests.images import encoded, quarters
from vislex.contract.galleries import GALLERY, GALLERY_NAME, GALLERY_STATUS
from vislex.contract.images import IMAGE
from vislex.contract.screens import CLASSIFY
from vislex.gallery.index import flat_index
from vislex.gallery.items import Item, Items
from vislex.gallery.lock import locked
from vislex.gallery.recipe import Recipe, read_recipe
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.prepare import embed, prepare
from vislex.infer import Infer
from vislex.live.settings import environment_of
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import assemble
from vislex.screens.storage import publish_gallery
from vislex.serving.server import Server, run_triton_server

CLIENTS = 32
BAD = 100  # what is added to a version's number for the bad one that comes after it
NOTICED_S = 60.0  # a new version is looked for every second; this is for slow and busy machines
SCREENS = 4  # images of a version


@dataclass(frozen=True)
class Shelf:
    """A gallery directory that a test moves from version to version as it likes."""

    root: Path
    scratch: Path
    recipe: Recipe
    vectors: np.ndarray[Any, np.dtype[np.float32]]  # (SCREENS, dim)

    def write(self, number: int, recipe: Recipe | None = None) -> Path:
        """Puts version `number` beside the others; nothing points at it yet."""
        items = Items.of(
            Item(f"{number}/{i}.png", f"screen{i}_of_{number}") for i in range(SCREENS)
        )
        gallery = assemble(
            "", items, flat_index(self.vectors), uncalibrated(), recipe or self.recipe
        )
        once = self.scratch / f"{self.root.name}-{number}"
        with locked(once) as lock:
            name = publish_gallery(lock, gallery)
        self.root.mkdir(exist_ok=True)
        shutil.move(once / name, self.root / version_of(number))
        return self.root / version_of(number)

    def point(self, number: int) -> None:
        pointer = self.root / ".pointer"
        pointer.write_text(f"{version_of(number)}\n")
        pointer.replace(self.root / "CURRENT")


@dataclass(frozen=True)
class Swapping:
    """A server of its own over two galleries, `apps` (the default) and `games`: a test each."""

    server: Server
    apps: Shelf
    games: Shelf
    image: bytes


def version_of(number: int) -> str:
    return f"v{number:06d}"


def classify(swapping: Swapping, client: Any, **parameters: str) -> tuple[str, str, list[str]]:
    """Version, label and candidate ids; raises as tritonclient does."""
    data = np.array([[swapping.image]], object)
    tensor = triton.InferInput(IMAGE.name, data.shape, "BYTES")
    tensor.set_data_from_numpy(data)
    answer = client.infer(CLASSIFY.name, [tensor], parameters={"read": False, **parameters})
    version, label, ids = (
        [text.decode() for text in answer.as_numpy(name)[0]]
        for name in ("GALLERY_VERSION", "LABEL", "CANDIDATE_IDS")
    )
    return version[0], label[0], ids


def is_whole(answer: tuple[str, str, list[str]]) -> bool:
    """Whether all of an answer is of the version that it names."""
    version, label, ids = answer
    number = int(version[1:])
    return label.endswith(f"_of_{number}") and all(i.startswith(f"{number}/") for i in ids)


def status(swapping: Swapping, name: str = "") -> dict[str, Any]:
    data = np.array([[name.encode()]], object)
    tensor = triton.InferInput(GALLERY_NAME.name, data.shape, "BYTES")
    tensor.set_data_from_numpy(data)
    with triton.InferenceServerClient(swapping.server.grpc_url) as client:
        answer = client.infer(GALLERY.name, [tensor])
    found: dict[str, Any] = json.loads(answer.as_numpy(GALLERY_STATUS.name)[0, 0])
    return found


def state(swapping: Swapping, shelf: Shelf) -> dict[str, Any]:
    """The status of one gallery."""
    (found,) = status(swapping, shelf.root.name)["galleries"]
    assert found["name"] == shelf.root.name
    return dict(found)


def serve(swapping: Swapping, shelf: Shelf, number: int) -> None:
    """Moves the pointer and waits until that version is live."""
    shelf.point(number)
    wait_until(lambda: state(swapping, shelf)["version"] == version_of(number))


def refuse(swapping: Swapping, shelf: Shelf, number: int) -> str:
    """Moves the pointer to a bad version and waits for the reason why it is not served."""
    live = state(swapping, shelf)["version"]
    shelf.point(number)
    wait_until(
        lambda: (state(swapping, shelf)["refused"] or {}).get("version") == version_of(number)
    )
    found = state(swapping, shelf)
    assert found["version"] == live
    return str(found["refused"]["reason"])


def wait_until(true: Callable[[], bool], within_s: float = NOTICED_S) -> None:
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < within_s
        time.sleep(0.05)


def metric(swapping: Swapping, name: str, gallery: str = "apps") -> float:
    with urllib.request.urlopen(swapping.server.metrics_url, timeout=120) as page:
        text = page.read().decode()
    found = re.search(rf'^{name}{{gallery="{gallery}"}} (\S+)$', text, re.MULTILINE)
    assert found is not None, name
    return float(found[1])


def flipped(folder: Path) -> None:
    path = folder / "vectors.npy"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def halved(folder: Path) -> None:
    path = folder / "items.jsonl"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture(scope="module")
def swapping(
    repository: Path, infer: Infer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Swapping]:
    tmp_path = tmp_path_factory.mktemp("swapping")
    pictures = [np.roll(quarters(128, 192), 16 * i, axis=(0, 1)) for i in range(SCREENS)]
    files = [encoded(Image.fromarray(picture)) for picture in pictures]
    vectors = embed([prepare(file, DEFAULT_LIMITS) for file in files], infer)
    recipe = read_recipe(repository)
    shelves = [Shelf(tmp_path / name, tmp_path, recipe, vectors) for name in ("apps", "games")]
    for shelf in shelves:
        shelf.write(1)
        shelf.point(1)
    environment = environment_of({shelf.root.name: shelf.root for shelf in shelves})
    log = tmp_path / "tritonserver.log"
    with run_triton_server(repository, environment=environment, log=log) as server:
        yield Swapping(server, shelves[0], shelves[1], files[0])


@pytest.mark.parametrize("swaps", [8, pytest.param(20, marks=pytest.mark.long)])
def test_versions_that_change_under_load(swapping: Swapping, swaps: int) -> None:
    shelf, stop = swapping.apps, threading.Event()
    first = int(state(swapping, shelf)["version"][1:])
    told = {name: metric(swapping, f"vislex_gallery_{name}_total") for name in ("swaps", "refused")}
    refused: dict[int, str] = {}

    def ask(_: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        with triton.InferenceServerClient(swapping.server.grpc_url) as client:
            while not stop.is_set():
                answer = classify(swapping, client)
                seen[answer[0] if is_whole(answer) else f"mixed: {answer}"] += 1
        return seen

    def change() -> None:
        try:
            for number in range(first + 1, first + swaps + 1):
                shelf.write(number)
                serve(swapping, shelf, number)
                bad = number + BAD
                if number == first + 2:
                    flipped(shelf.write(bad))
                elif number == first + 4:
                    halved(shelf.write(bad))
                elif number == first + 6:
                    shelf.write(bad, replace(shelf.recipe, encoder="0" * 64))
                else:
                    continue
                refused[bad] = refuse(swapping, shelf, bad)
        finally:
            stop.set()

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        clients = [pool.submit(ask, i) for i in range(CLIENTS)]
        pool.submit(change).result()
        answers = sum((client.result() for client in clients), Counter())

    assert set(answers) <= {version_of(first + number) for number in range(swaps + 1)}
    assert len(answers) > 2  # a slow machine may not ask each of them
    damaged, torn, foreign = refused.values()
    assert "vectors.npy is not as written" in damaged
    assert "items.jsonl is not as written" in torn
    assert "encoder 000000000000" in foreign
    assert metric(swapping, "vislex_gallery_version") == first + swaps
    assert metric(swapping, "vislex_gallery_swaps_total") == told["swaps"] + swaps
    assert metric(swapping, "vislex_gallery_refused_total") == told["refused"] + 3
    log = swapping.server.log.read_text()
    for number in refused:  # each said once
        assert log.count(f"{version_of(number)} is refused") == 1


def test_going_back_pinning_and_names(swapping: Swapping) -> None:
    shelf = swapping.games
    with triton.InferenceServerClient(swapping.server.grpc_url) as client:

        def ask(**parameters: str) -> tuple[str, str, list[str]]:
            answer = classify(swapping, client, **{"gallery": "games", **parameters})
            assert is_whole(answer)
            return answer

        for number in (2, 3):
            shelf.write(number)
            serve(swapping, shelf, number)
        assert ask()[0] == "v000003"
        # Two stay in memory, so the one before the live one can be asked, the first cannot.
        assert ask(gallery_version="v000002")[0] == "v000002"
        with pytest.raises(InferenceServerException, match="expected one of v000003, v000002"):
            ask(gallery_version="v000001")

        flipped(shelf.write(4))
        assert "vectors.npy is not as written" in refuse(swapping, shelf, 4)
        serve(swapping, shelf, 1)  # back to one that is no longer in memory
        assert ask()[0] == "v000001"
        assert ask(gallery_version="v000003")[0] == "v000003"

        for name, asked in (("toys", ask), ("toys", lambda gallery: status(swapping, gallery))):
            with pytest.raises(InferenceServerException, match="'toys'; expected one of apps, gam"):
                asked(gallery=name)
        with pytest.raises(InferenceServerException, match="gallery_version is 'three'; expected"):
            ask(gallery_version="three")

    found = status(swapping)
    assert found["default"] == "apps"
    assert [one["name"] for one in found["galleries"]] == ["apps", "games"]
    assert [one["version"] for one in found["galleries"][1]["loaded"]] == ["v000001", "v000003"]
    live = found["galleries"][1]["loaded"][0]
    assert (live["images"], live["labels"]) == (SCREENS, SCREENS)
    assert live["encoder"] == shelf.recipe.encoder
