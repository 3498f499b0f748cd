"""An encoder that this machine computes otherwise than its source is not used."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.manifest import sha256_of
from vislex.contract.images import EMBEDDING, SIGLIP2
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import RepositoryError
from vislex.infer import probe as probes
from vislex.infer.probe import PROBE_FILE, Probe, cpu_words, read_probe, require_same
from vislex.infer.repository import open_infer


def change(repository: Path, **changes: Any) -> None:
    path = repository / "siglip2" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def swap_model(repository: Path) -> None:
    """The same interface, one product turned around; the manifest has the new file's digest."""
    path = repository / "siglip2" / "1" / "model.onnx"
    model = onnx.load(str(path))
    matrix = max(model.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    matrix.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(matrix), matrix.name))
    onnx.save(model, str(path))
    files = json.loads((repository / "siglip2" / "manifest.json").read_text())["files"]
    digest = sha256_of(path)
    change(repository, sha256=digest, files={**files, "model.onnx": digest})


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(repository, tmp_path / "repository"))


def embed(repository: Path) -> None:
    probe = read_probe(repository)
    assert probe is not None
    open_infer(repository)(SIGLIP2, probe.inputs[0])


def answering(*embeddings: Any) -> Any:
    """An encoder that gives these in turn."""
    left = list(embeddings)

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        return {EMBEDDING.name: np.array([left.pop(0)], np.float32)}

    return infer


def test_a_probe_holds_a_few_grids_in_a_few_kilobytes(repository: Path) -> None:
    probe = read_probe(repository)
    assert probe is not None
    grids = [one["spatial_shapes"].tolist() for one in probe.inputs]
    assert grids == [[[23, 11]], [[11, 23]], [[16, 16]], [[40, 6]]]
    assert (repository / "siglip2" / "1" / PROBE_FILE).stat().st_size < 30_000
    embed(repository)


def test_an_encoder_that_computes_otherwise_is_not_opened(copied: Path) -> None:
    words = (
        r"onnx fp32 of vislex bundled encoder.* computes otherwise on this machine .*"
        r"least cosine -?0\.\d{6} over 4 probes, expected 0.99999 or more; this CPU is "
    )
    probe = read_probe(copied)
    assert probe is not None
    swap_model(copied)
    with pytest.raises(RepositoryError, match=words):
        open_infer(copied)(SIGLIP2, probe.inputs[0])


def test_what_was_forced_is_used_with_a_warning(
    copied: Path, caplog: pytest.LogCaptureFixture
) -> None:
    swap_model(copied)
    change(copied, forced=True)
    embed(copied)
    assert "taken with --force" in caplog.text


def test_float_without_a_probe_is_used_with_a_warning(
    copied: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(copied, files={})
    assert read_probe(copied) is None
    assert "has no probe.npz" in caplog.text
    assert "vislex-export repository" in caplog.text


def test_int8_without_a_probe_is_refused(copied: Path) -> None:
    change(copied, files={}, precision="int8")
    with pytest.raises(RepositoryError, match=r"has no probe.npz.*`vislex-export siglip2`"):
        read_probe(copied)


@pytest.mark.parametrize("damage", ["missing", "torn", "another"])
def test_a_damaged_probe_is_named(copied: Path, damage: str) -> None:
    path = copied / "siglip2" / "1" / PROBE_FILE
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-10])
    if damage == "another":
        change(copied, files={PROBE_FILE: sha256_of(path)})
    with pytest.raises(RepositoryError, match=PROBE_FILE):
        read_probe(copied)


@pytest.mark.parametrize(
    ("second", "same"),
    [([0, 2], True), ([0.01, 1], True), ([1, 1], False), ([np.nan, 1], False), ([0, 0], False),
     ([0, 1, 0], False)],
)  # fmt: skip
def test_each_answer_counts(second: list[float], same: bool) -> None:
    expected = np.array([[1, 0], [0, 1]], np.float32)
    probe = Probe("onnx int8 of x", ({}, {}), expected, least=0.999, forced=False)
    if same:
        require_same(answering([1, 0], second), probe)
        return
    with pytest.raises(RepositoryError, match=r"over 2 probes, expected 0.999 or more"):
        require_same(answering([1, 0], second), probe)


def test_the_processor_is_named_with_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("model name\t: AMD EPYC\nflags\t\t: fpu avx avx2 sse\n")
    monkeypatch.setattr(probes, "_CPU_INFO", info)
    assert cpu_words() == "AMD EPYC with avx2, without avx_vnni and avx512_vnni"
    info.write_text("model name\t: Xeon\nflags\t\t: avx2 avx512f avx512_vnni\n")
    assert cpu_words() == "Xeon with avx2, avx512f, avx512_vnni"
