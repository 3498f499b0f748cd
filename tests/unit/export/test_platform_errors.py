"""Repositories that cannot be written: said in words, and the old one stays."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.__main__ import main
from export.manifest import Format, ModelManifest, read_manifest, write_manifest
from export.ocr.check import OcrCheck
from export.repository import write
from export.repository.deployment import Deployment
from export.repository.encoder import BUNDLED
from export.repository.write import write_repository
from tests.trtexec import write_trtexec
from tests.unit.export.test_platforms import config_of
from vislex.errors import RepositoryError

FILE = {"openvino": "model.xml", "tensorrt": "model.plan"}


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A copy of the bundled encoder, which is not converted on the way."""
    return Path(shutil.copytree(BUNDLED, tmp_path / "encoder"))


def change(encoder: Path, **changes: object) -> ModelManifest:
    manifest = replace(read_manifest(encoder), **changes)  # type: ignore[arg-type] # any field
    write_manifest(manifest, encoder)
    return manifest


@pytest.mark.parametrize("platform", ["openvino", "tensorrt"])
def test_an_encoder_of_another_format_is_refused_with_the_command_for_the_right_one(
    encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    out = tmp_path / "out"
    command = ["repository", "--out", str(out), "--encoder", str(encoder), "--platform", platform]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert f"is in onnx, and --platform {platform} loads {platform}" in said
    assert f"vislex-export siglip2 CHECKPOINT --out DIR --format {platform}" in said
    assert "CHECKPOINT: vislex bundled encoder" in said
    assert not out.exists()


@pytest.mark.parametrize("file_format", ["openvino", "tensorrt"])
def test_onnxruntime_takes_only_onnx(encoder: Path, tmp_path: Path, file_format: Format) -> None:
    (encoder / "model.onnx").rename(encoder / FILE[file_format])
    change(encoder, format=file_format)
    with pytest.raises(RepositoryError, match=f"is in {file_format}, and .* loads onnx"):
        write_repository(tmp_path / "out", encoder=encoder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--platform", "openvino", "--device", "gpu"), "no --device gpu; it runs on cpu"),
        (("--platform", "tensorrt", "--device", "cpu"), "no --device cpu; it runs on gpu"),
        (("--ocr-precision", "bf16"), "--platform onnxruntime has no --ocr-precision bf16"),
        (("--cores", "0"), "--cores is 0; expected 1 or more"),
    ],
)
def test_there_is_no_such_deployment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(["repository", "--out", str(tmp_path / "out"), *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_tensorrt_the_missing_tool_is_named_and_the_old_repository_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_repository(tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="trtexec is not installed"):
        write_repository(tmp_path / "out", deployment=Deployment("tensorrt", "gpu"))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_openvino_the_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(RepositoryError, match=r"openvino is not installed \(pip install"):
        write_repository(tmp_path / "out", deployment=Deployment("openvino"))
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_answers_something_else_is_refused_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is converted on the way is measured on the way."""
    write_trtexec(tmp_path, width=192)
    monkeypatch.setenv("PATH", str(tmp_path))
    deployment = Deployment("tensorrt", "gpu")
    with pytest.raises(RepositoryError, match="too far from its source: least cosine"):
        write_repository(tmp_path / "out", deployment=deployment)
    assert not (tmp_path / "out").exists()
    write_repository(tmp_path / "out", deployment=deployment, force=True)
    manifest = read_manifest(tmp_path / "out" / "siglip2")
    assert (manifest.format, manifest.cosine_min is not None) == ("tensorrt", True)
    assert manifest.cosine_min < 0.9  # type: ignore[operator] # the line above says it is there


def test_an_encoder_below_its_tolerance_is_refused_unless_forced(
    encoder: Path, tmp_path: Path
) -> None:
    change(encoder, cosine_min=0.9)
    with pytest.raises(RepositoryError, match=r"least cosine 0.900000 .* expected 0.99999"):
        write_repository(tmp_path / "out", encoder=encoder)
    write_repository(tmp_path / "out", encoder=encoder, force=True)


def test_ocr_models_that_read_otherwise_are_refused_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(models: Path, images: Sequence[NDArray[np.uint8]]) -> OcrCheck:
        assert config_of(models, "ocr_rec").backend == "openvino"  # complete, so that it opens
        assert len(images) == 32
        return OcrCheck(characters=1000, edits=6, ms_per_image=1.0)

    monkeypatch.setattr(write, "check_ocr", check)
    deployment = Deployment("openvino", ocr_precision="bf16")
    with pytest.raises(RepositoryError, match=r"\(bf16\) read 0.60% of 1000 .* expected 0.50%"):
        write_repository(tmp_path / "out", deployment=deployment)
    write_repository(tmp_path / "out", deployment=deployment, force=True)
    for model in ("ocr_det", "ocr_rec"):
        parameters = config_of(tmp_path / "out", model).parameters
        assert parameters["HINT_BF16"].string_value == "YES"
        assert read_manifest(tmp_path / "out" / model).precision == "bf16"


def test_dynamic_int8_is_served_one_image_at_a_time(encoder: Path, tmp_path: Path) -> None:
    change(encoder, precision="int8", cosine_min=0.9995)
    write_repository(tmp_path / "out", encoder=encoder)
    config = config_of(tmp_path / "out", "siglip2")
    assert config.max_batch_size == 1
    assert config.dynamic_batching.default_queue_policy.max_queue_size == 256


def test_a_damaged_file_is_named(encoder: Path, tmp_path: Path) -> None:
    (encoder / "model.onnx").write_bytes(b"torn")
    with pytest.raises(RepositoryError, match=r"model.onnx is not the file its manifest describes"):
        write_repository(tmp_path / "out", encoder=encoder)
