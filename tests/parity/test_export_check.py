"""`vislex-export check` and the gate before `repository`, over real exports."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.numpy_helper import from_array, to_array
from PIL import Image

from export.__main__ import main
from export.encoders.siglip2 import export_siglip2
from export.images import load_images, patterns
from export.manifest import read_manifest, sha256_of, write_manifest
from export.ocr.check import check_ocr
from export.ocr.ppocr import export_ocr
from export.ocr.wheels import OcrVersion
from export.repository.write import write_repository
from tests.images import SAMPLES
from tests.siglip_models import naflex_vision, save_whole
from vislex.errors import RepositoryError
from vislex.infer.repository import open_infer
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screens")
    for number, image in enumerate(patterns(1)):
        Image.fromarray(image).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    naflex_vision().save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def check(*arguments: object) -> int:
    return main(["check", *map(str, arguments)])


def damage(model: Path) -> None:
    """Turns half of the signs of one weight matrix: the model still runs, and answers otherwise."""
    graph = onnx.load(str(model))
    constants = [n.attribute[0].t for n in graph.graph.node if n.op_type == "Constant"]
    weights = [*graph.graph.initializer, *constants]
    weight = max(weights, key=lambda one: int(np.prod(one.dims)))
    values = to_array(weight).copy()
    values[: len(values) // 2] *= -1
    weight.CopyFrom(from_array(values, weight.name))
    onnx.save(graph, str(model))


def test_a_good_export_passes_and_its_manifest_says_on_what(
    checkpoint: Path, screens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export_siglip2(checkpoint, out, "int8")
    assert check(out, "--checkpoint", checkpoint, "--images", screens, "--tolerance", 0.99) == 0
    manifest = read_manifest(out)
    assert manifest.checked_on == f"6 images of {screens.name}"
    assert manifest.cosine_min is not None
    assert manifest.cosine_mean is not None
    assert 0.99 <= manifest.cosine_min <= manifest.cosine_mean <= 1.0
    assert manifest.ms_per_item is not None
    assert manifest.ms_per_item > 0
    assert f"least {manifest.cosine_min:.6f}" in capsys.readouterr().out


def test_a_drifted_export_fails_and_is_not_served_unless_forced(
    checkpoint: Path, screens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export_siglip2(checkpoint, out)
    damage(out / "model.onnx")
    assert check(out, "--checkpoint", checkpoint, "--images", screens) == 1
    said = capsys.readouterr()
    assert said.out.startswith("FAIL siglip2")
    assert "too far from the source: siglip2" in said.err
    found = read_manifest(out).cosine_min
    assert found is not None
    assert found < 0.99
    arguments = ["repository", "--out", str(tmp_path / "repository"), "--encoder", str(out)]
    settle_digest(out)
    assert main(arguments) == 1
    assert "is too far from its source" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0


def settle_digest(out: Path) -> None:
    """The manifest of the damaged file itself, so that only the gate stands in its way."""
    digest = sha256_of(out / "model.onnx")
    write_manifest(replace(read_manifest(out), sha256=digest, files={"model.onnx": digest}), out)


def test_both_towers_of_an_export_are_checked(
    screens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_whole(tmp_path / "in", "Siglip2")
    out = tmp_path / "out"
    assert main(["siglip2", str(tmp_path / "in"), "--out", str(out), "--tower", "both"]) == 0
    capsys.readouterr()
    assert check(out, "--checkpoint", tmp_path / "in", "--images", screens) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["siglip2_text", "siglip2"]


def test_another_checkpoint_is_refused(
    checkpoint: Path, screens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_siglip2(checkpoint, tmp_path / "out")
    naflex_vision(9).save_pretrained(tmp_path / "other")
    assert check(tmp_path / "out", "--checkpoint", tmp_path / "other", "--images", screens) == 1
    assert "was exported from a checkpoint with digest" in capsys.readouterr().err


def test_a_local_source_has_to_be_named(
    checkpoint: Path, screens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_siglip2(checkpoint, tmp_path / "out")
    assert check(tmp_path / "out", "--images", screens) == 1
    assert "say where it is with --checkpoint" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["nothing", "no_images"])
def test_nothing_to_check_says_so(
    tmp_path: Path, checkpoint: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    export_siglip2(checkpoint, tmp_path / "out")
    target = tmp_path / ("empty" if what == "nothing" else "out")
    assert check(target, "--checkpoint", checkpoint, "--images", tmp_path / "empty") == 1
    assert ("holds no export" if what == "nothing" else "has no images") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "0"], "0 images were asked for; expected 1 or more"),
        (["--texts", "nowhere.txt"], "nowhere.txt cannot be read as texts"),
        (["--texts", "empty.txt"], "empty.txt is empty; expected one text a line"),
    ],
)
def test_options_that_measure_nothing_are_refused(
    screens: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    save_whole(tmp_path / "in", "Siglip2")
    tower = "text" if "--texts" in options else "vision"
    assert main(["siglip2", "in", "--out", "out", "--tower", tower]) == 0
    assert check("out", "--checkpoint", "in", "--images", screens, *options) == 1
    assert said in capsys.readouterr().err


def test_images_are_spread_over_the_folder(tmp_path: Path) -> None:
    for number in range(10):
        Image.new("RGB", (1, 1), (number, 0, 0)).save(tmp_path / f"{number}.png")
    reds: Sequence[int] = [int(image[0, 0, 0]) for image in load_images(tmp_path, 5)]
    assert reds == [0, 2, 4, 6, 8]
    assert len(load_images(tmp_path, 100)) == 10


@pytest.mark.parametrize("version", ["v4", "v6"])
def test_exported_ocr_reads_what_its_source_reads(version: OcrVersion, tmp_path: Path) -> None:
    export_ocr(tmp_path, version)
    found = check_ocr(tmp_path, load_images(SAMPLES / "gallery", 3))
    assert found.characters > 100
    assert found.error_rate == 0.0


@pytest.mark.parametrize("version", ["v4", "v6"])
def test_turned_screens_read_as_upright_ones_with_the_angle_model(
    version: OcrVersion, tmp_path: Path
) -> None:
    """Also as with the angle model beside the graph, over resized crops as RapidOCR makes them."""
    export_ocr(tmp_path, version, angle=True)
    (image,) = load_images(SAMPLES / "gallery", 1)
    turned = np.ascontiguousarray(image[::-1, ::-1])
    assert check_ocr(tmp_path, [image, turned]).error_rate == 0.0
    infer, characters = open_infer(tmp_path), read_characters(tmp_path)
    (upright,), (upside_down,) = (
        read_text([make_canvas(pixels)], infer, characters) for pixels in (image, turned)
    )
    expected = {line.text for line in upright}
    assert len(expected & {line.text for line in upside_down}) > 0.8 * len(expected)


def test_a_damaged_recogniser_shows_in_the_error_rate(repository: Path, tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    shutil.copytree(repository, copy)
    damage(copy / "ocr_rec" / "1" / "model.onnx")
    images = load_images(SAMPLES / "gallery", 1)
    assert check_ocr(copy, images).error_rate > 0.1


def test_an_encoder_of_another_kind_is_not_served(tmp_path: Path) -> None:
    save_whole(tmp_path / "in", "Siglip2")
    export_siglip2(tmp_path / "in", tmp_path / "text", tower="text")
    with pytest.raises(RepositoryError, match=r"is siglip2_text in onnx; expected siglip2$"):
        write_repository(tmp_path / "repository", encoder=tmp_path / "text")
