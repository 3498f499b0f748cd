"""What may be served, and that an export appears whole or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from export.gate import accept, require_close
from export.manifest import ModelManifest, Precision, read_manifest, write_manifest
from export.staging import require_place, staged
from vislex.errors import RepositoryError

MANIFEST = ModelManifest(
    model="siglip2", source="someone/encoder@1", source_sha256="ab", sha256="cd", opset=20,
    precision="fp32", cosine_min=1.0, checked_on="12 screens", files={"model.onnx": "cd"},
)  # fmt: skip


def place(out: Path, manifest: ModelManifest = MANIFEST) -> Path:
    out.mkdir()
    (out / "model.onnx").write_text("old")
    write_manifest(manifest, out)
    return out


@pytest.mark.parametrize(
    ("precision", "enough", "too_little"),
    [
        ("fp32", 0.999991, 0.99998),
        ("fp16", 0.99991, 0.9998),
        ("bf16", 0.99991, 0.9998),
        ("int8", 0.9991, 0.9989),
    ],
)
def test_each_precision_has_its_tolerance(
    precision: Precision, enough: float, too_little: float
) -> None:
    require_close(replace(MANIFEST, precision=precision, cosine_min=enough))
    with pytest.raises(
        RepositoryError, match=f"{precision}.* least cosine {too_little:.6f} over 12"
    ):
        require_close(replace(MANIFEST, precision=precision, cosine_min=too_little))


def test_what_is_taken_by_force_says_so() -> None:
    far = replace(MANIFEST, cosine_min=0.9)
    with pytest.raises(RepositoryError, match=r"too far from its source"):
        accept(far, force=False)
    assert accept(far, force=True).forced
    assert accept(accept(MANIFEST, force=True), force=False).forced is None


def test_a_tolerance_can_be_given() -> None:
    require_close(replace(MANIFEST, cosine_min=0.9), least=0.85)
    with pytest.raises(RepositoryError, match=r"expected 0.95 or more"):
        require_close(replace(MANIFEST, cosine_min=0.9), least=0.95)


def test_what_was_never_compared_is_refused() -> None:
    with pytest.raises(RepositoryError, match=r"never compared .*`vislex-export check`"):
        require_close(replace(MANIFEST, cosine_min=None))


def test_a_finished_export_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    out = place(tmp_path / "out")
    with staged(out) as folder:
        (folder / "model.onnx").write_text("new")
    assert [path.read_text() for path in out.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_export_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    out = place(tmp_path / "out")
    with pytest.raises(ZeroDivisionError), staged(out) as folder:
        (folder / "model.onnx").write_text("half")
        raise ZeroDivisionError
    assert (out / "model.onnx").read_text() == "old"
    assert read_manifest(out) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(RepositoryError, match=r"could not be written"),
        staged(tmp_path / "out") as f,
    ):
        (f / "no" / "such" / "folder").write_text("")


def test_free_places_and_exports_of_the_same_model_may_be_written(tmp_path: Path) -> None:
    require_place(tmp_path / "new", "siglip2")
    (tmp_path / "empty").mkdir()
    require_place(tmp_path / "empty", "siglip2")
    require_place(place(tmp_path / "out"), "siglip2", "someone/encoder@1")


@pytest.mark.parametrize(
    ("model", "source", "said"),
    [
        ("siglip2_text", None, "holds siglip2, not siglip2_text"),
        ("siglip2", "someone/encoder@2", "holds an export of someone/encoder@1"),
    ],
)
def test_another_models_place_is_refused(
    tmp_path: Path, model: str, source: str | None, said: str
) -> None:
    with pytest.raises(RepositoryError, match=said):
        require_place(place(tmp_path / "out"), model, source)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(RepositoryError, match=r"holds something that is not an export"):
        require_place(tmp_path, "siglip2")


def test_an_export_with_other_files_beside_it_is_refused(tmp_path: Path) -> None:
    (place(tmp_path / "out") / "thesis.txt").write_text("three years of work")
    with pytest.raises(RepositoryError, match=r"also holds thesis.txt"):
        require_place(tmp_path / "out", "siglip2")
