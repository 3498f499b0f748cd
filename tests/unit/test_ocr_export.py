from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import onnx
import pytest

from export import ocr
from export.manifest import read_manifest, sha256_of
from export.ocr import export_ocr
from vislex.contract import OCR_DET, OCR_REC, DType, ModelSpec, TensorSpec
from vislex.errors import RepositoryError
from vislex.ocr.characters import read_characters

DTYPES: dict[int, DType] = {
    onnx.TensorProto.UINT8: "uint8",
    onnx.TensorProto.INT32: "int32",
    onnx.TensorProto.FLOAT: "float32",
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    export_ocr(out)
    return out


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
    assert model.opset_import[0].version == 12
    assert model.ir_version <= 10  # what Triton 24.10's ONNX Runtime 1.19 reads


@pytest.mark.parametrize("spec", [OCR_DET, OCR_REC], ids=lambda spec: spec.name)
def test_manifest_describes_the_file(exported: Path, spec: ModelSpec) -> None:
    manifest = read_manifest(exported / spec.name)
    assert manifest.model == spec.name
    assert manifest.sha256 == sha256_of(exported / spec.name / "1" / "model.onnx")
    assert manifest.precision == "fp32"


def test_the_alphabet_ends_with_the_space(exported: Path) -> None:
    characters = read_characters(exported)
    assert len(characters) == 6624  # 6625 classes, less the blank
    assert characters[-1] == " "
    assert {len(character) for character in characters} == {1}


def test_exporting_again_gives_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    export_ocr(tmp_path)
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert len(files) == 5
    for file in files:
        assert sha256_of(tmp_path / file) == sha256_of(exported / file), file


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_REC", replace(ocr._REC, sha256="0" * 64))
    with pytest.raises(RepositoryError, match=r"rec_infer\.onnx has sha256 48fc40.*expected 0000"):
        export_ocr(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(ocr, "distribution", missing)
    with pytest.raises(RepositoryError, match="rapidocr-onnxruntime is not installed"):
        export_ocr(tmp_path)
