"""A pipeline is added by the steps of CONTRIBUTING, in a copy of the tree, and served beside ours.

The mean colour of an image: `tests/new_pipeline/tree` has its files, `changes.py` what it changes.
"""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from PIL import Image

from tests.new_pipeline.changes import CHANGES
from tests.rooms import PROJECT
from tests.service import http, infer, scrape
from vislex.gateway import wire
from vislex.serving.background import RunningService, run_service

TREE = PROJECT / "tests" / "new_pipeline" / "tree"
COPIED = ("client", "docs", "export", "model_repository", "tests", "vislex", "pyproject.toml")
READ_ONLY = ("index_builder", "loadtest", "samples", "training")
SCREENS = ("classify", "gallery", "match")  # the models of the pipeline over galleries


@dataclass(frozen=True)
class House:
    """A copy of the tree with a pipeline more, a Python that imports it, and what it wrote."""

    root: Path
    python: Path
    repository: Path

    def run(self, *words: str) -> str:
        """What `python WORDS` prints, run in the copy."""
        done = subprocess.run(
            [self.python, *words], cwd=self.root, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Every step but the last, and a written repository."""
    base = tmp_path_factory.mktemp("house")
    house = House(base / "tree", base / "venv" / "bin" / "python", base / "repository")
    house.root.mkdir()
    for name in COPIED:
        copy(PROJECT / name, house.root / name)
    for name in READ_ONLY:
        (house.root / name).symlink_to(PROJECT / name)
    copy(TREE, house.root)
    for change in CHANGES:
        change.apply(house.root)
    imports_from(house.root, base / "venv")
    house.run("-m", "export", "repository", "--out", str(house.repository))
    return house


def copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copy2(source, target)
    else:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


def imports_from(root: Path, folder: Path) -> None:
    """A Python whose packages are those of `root` and, for the rest, this Python's.

    Triton's workers find their packages beside the first `python3` on PATH, so it takes one of its
    own. What this Python's .pth files add is not read: vislex would be that of this tree.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    paths = (root, root / "client", sysconfig.get_path("purelib"))
    (packages / "tree.pth").write_text("".join(f"{path}\n" for path in paths))


@pytest.fixture
def serve(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """`run_service` in the copy: its Python, from its folder."""
    monkeypatch.chdir(house.root)
    monkeypatch.setattr(sys, "executable", str(house.python))
    yield monkeypatch


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Two pixels, red and a dark blue: their mean is (127.5, 0, 50), and by 255 (0.5, 0, 10/51)."""
    image = Image.new("RGB", (2, 1), (255, 0, 0))
    image.putpixel((1, 0), (0, 0, 100))
    image.save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


def test_contributing_has_at_most_eight_steps_and_names_what_they_change() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## A new pipeline\n")[2].partition("\n## ")[0]
    steps = re.split(r"^(\d)\. ", section, flags=re.MULTILINE)[1:]
    said = dict(zip(steps[::2], steps[1::2], strict=True))
    assert list(said) == [str(number) for number in range(1, len(said) + 1)]
    assert len(said) <= 8
    for change in CHANGES:
        words = said[str(change.step)]  # the client's files are named without their folder
        assert f"`{change.file}`" in words or f"`{Path(change.file).name}`" in words, change
    for path in TREE.rglob("*"):
        folder = str(path.parent.relative_to(TREE)).replace("colours", "NAME")
        folder = re.sub("^model_repository/.*", "model_repository", folder)
        assert path.is_dir() or f"`{folder}/" in section, path


def test_the_tests_that_are_there_hold_it_to_the_rules(house: House) -> None:
    held = ("test_contract.py", "test_contract_client.py", "test_rooms.py", "colours")
    said = house.run("-m", "pytest", "-p", "no:cacheprovider", "--noconftest",
                     *(f"tests/unit/{name}" for name in held))  # fmt: skip
    assert "passed" in said


@pytest.mark.usefixtures("serve")
def test_it_is_served_beside_the_others(
    house: House, gallery_root: Path, picture: Path, tmp_path: Path
) -> None:
    flags = ("--log-format", "json")
    with run_service(house.repository, {"default": gallery_root}, tmp_path, flags=flags) as running:
        samples = scrape(running)  # nobody has asked yet: these are the canaries
        for model in ("classify", "mean_colour"):
            assert samples[f'nv_inference_request_success{{model="{model}",version="1"}}'] >= 1
        check_answers(house, running, picture)
        check_refusals(running, picture)
        for path in ("ready", "models/classify/ready", "models/mean_colour/ready"):
            assert http(running, f"/v2/{path}".replace("/v2/ready", "/v2/health/ready")) == 200
        assert http(running, "/v2/models/average/ready") == 404
        name = 'vislex_stage_duration_seconds_count{stage="average"}'
        assert scrape(running)[name] >= samples[name] + 4  # those that were asked and answered
        lines = [line for line in running.log.read_text().splitlines() if line.startswith("{")]
        line = next(said for said in map(json.loads, lines) if said.get("id") == "the first")
        assert (line["model"], line["code"]) == ("mean_colour", "OK")
        assert line["image_bytes"] == picture.stat().st_size
        assert line["average_ms"] >= 0


def check_answers(house: House, running: RunningService, picture: Path) -> None:
    """By the client's command, and by its method on both clients."""
    url = ("--url", running.grpc_url)
    command = ("-m", "vislex_client", "mean_colour", *url, "--json", str(picture))
    said = json.loads(house.run(*command))
    assert said == {"file": str(picture), "red": 127.5, "green": 0.0, "blue": 50.0}
    program = """if True:
        import asyncio, sys
        from vislex_client import AsyncClient, Client
        url, picture = sys.argv[1:]
        with Client(url, timeout_s=300) as client:
            assert client.health(model="mean_colour").serving
            print(client.mean_colour(picture, request_id="the first").red)
        async def main():
            async with AsyncClient(url, timeout_s=300) as client:
                print((await client.mean_colour(picture, "unit")).blue)
        asyncio.run(main())
    """
    red, blue = map(float, house.run("-c", program, running.grpc_url, str(picture)).split())
    assert red == 127.5
    assert blue == pytest.approx(10 / 51, rel=1e-6)


def check_refusals(running: RunningService, picture: Path) -> None:
    data = picture.read_bytes()
    asked = wire.image_request("mean_colour", "IMAGE", data)
    with grpc.insecure_channel(running.grpc_url) as channel:
        assert infer(channel)(asked, timeout=300)
        for request, words in (
            (asked + wire.int_parameter("top_k", 3),
             "mean_colour has no parameter 'top_k'; expected some of scale (string)"),
            (asked + wire.int_parameter("scale", 3),
             "scale comes as a whole number; expected a string (string_param)"),
            (wire.image_request("mean_colour", "IMAGE", b"not an image"), "not an image file"),
            (wire.image_request("average", "IMAGE", data), "model 'average' is not served here"),
        ):  # fmt: skip
            with pytest.raises(grpc.RpcError) as caught:
                infer(channel)(request, timeout=300)
            assert words in caught.value.details()


@pytest.mark.usefixtures("serve")
def test_alone_it_needs_no_gallery(house: House, picture: Path, tmp_path: Path) -> None:
    """What no model of a repository needs is not asked for; a server is ready without it."""
    alone = tmp_path / "alone"
    ignored = shutil.ignore_patterns(*SCREENS)
    shutil.copytree(house.repository, alone, ignore=ignored, symlinks=True)
    with run_service(alone, {}, tmp_path) as running:
        assert "starting: no galleries" in running.log.read_text()
        command = ("-m", "vislex_client", "mean_colour", "--url", running.grpc_url, "--json")
        assert json.loads(house.run(*command, str(picture)))["red"] == 127.5
        command = ("-m", "vislex_client", "embed", "--url", running.grpc_url, str(picture))
        assert "1" in house.run(*command)
