"""Precisions and formats: how close each stays, what is refused, what a second run does."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from export.__main__ import main
from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.optimum_siglip2 import write_onnx
from export.encoders.siglip2 import export_siglip2
from export.encoders.small import Size
from export.encoders.tiny import draw_checkpoint
from export.encoders.towers import forward_of
from export.encoders.verify import embed_with_source, image_inputs, measure_cosine
from export.encoders.write import Target, write_model
from export.formats import tensorrt
from export.formats.precision import cast_products
from export.formats.runtime import open_export
from export.formats.shapes import PROFILES
from export.images import patterns
from export.manifest import Format, Precision, read_manifest
from export.repository.write import write_repository
from tests.disk import files_of_at_most
from tests.siglip_models import naflex_vision, random_batch, save_whole
from tests.trtexec import write_trtexec
from vislex.errors import RepositoryError


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    naflex_vision().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As large as the bundled encoder: what 8 bits cost depends on width and depth."""
    folder = tmp_path_factory.mktemp("drawn")
    draw_checkpoint(folder, 7, Size())
    return folder


# Least cosine over the patterns: what `check` asks of each precision.
@pytest.mark.parametrize(
    ("file_format", "precision", "least"),
    [
        ("onnx", "fp32", 0.99999),
        ("onnx", "fp16", 0.9999),
        ("onnx", "int8", 0.999),
        ("openvino", "fp32", 0.99999),
        ("openvino", "bf16", 0.9998),  # 0.99992 on the CPU this was written on
    ],
)
def test_each_variant_stays_close_to_the_source(
    drawn: Path, tmp_path: Path, file_format: Format, precision: Precision, least: float
) -> None:
    manifest = export_siglip2(
        drawn, tmp_path / "out", precision, file_format=file_format, force=True
    )
    assert (manifest.format, manifest.precision) == (file_format, precision)
    source = open_checkpoint(drawn)
    embed = open_export(tmp_path / "out", file_format, precision)
    cosines = measure_cosine(load_tower(source, "vision"), embed, image_inputs(source, patterns()))
    assert cosines.min() >= least
    assert manifest.cosine_min == pytest.approx(cosines.min(), abs=1e-6)


def test_weights_from_float16_are_stored_as_float16_without_loss(tmp_path: Path) -> None:
    model = naflex_vision()
    write_onnx(model, tmp_path / "plain" / "model.onnx")
    write_model(model, tmp_path, Target())
    assert (tmp_path / "model.onnx").read_bytes() == (tmp_path / "plain/model.onnx").read_bytes()
    model.half().float()
    (tmp_path / "half").mkdir()
    write_model(model, tmp_path / "half", Target())
    sizes = [(tmp_path / f / "model.onnx").stat().st_size for f in ("plain", "half")]
    assert sizes[1] < 0.6 * sizes[0]
    batch = random_batch([(23, 11)], 256)
    found = open_export(tmp_path / "half", "onnx", "fp32")(batch)
    np.testing.assert_allclose(found, embed_with_source(model, batch), atol=2e-6)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_weights_in_a_file_of_their_own(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    """As optimum writes models over 2 GB; asked of it here for a small one."""
    monkeypatch.setenv("FORCE_ONNX_EXTERNAL_DATA", "1")
    manifest = export_siglip2(checkpoint, tmp_path / "out", precision)
    assert ("model.onnx_data" in manifest.files) == (precision == "fp32")  # int8 fits in one
    assert set(manifest.files) == {path.name for path in (tmp_path / "out").iterdir()} - {
        "manifest.json"
    }
    assert manifest.cosine_min is not None
    assert manifest.cosine_min > 0.99
    if precision == "fp32":
        write_repository(tmp_path / "repository", encoder=tmp_path / "out")
        written = {path.name for path in (tmp_path / "repository" / "siglip2" / "1").iterdir()}
        assert written == {"model.onnx", "model.onnx_data", "probe.npz"}


def test_any_batch_and_grid_through_openvino(tmp_path: Path) -> None:
    model = naflex_vision()
    write_model(model, tmp_path, Target(format="openvino"))
    embed = open_export(tmp_path, "openvino", "fp32")
    for batch in (random_batch([(8, 8)], 64), random_batch([(23, 11), (40, 25), (2, 9)], 1024)):
        np.testing.assert_allclose(embed(batch), embed_with_source(model, batch), atol=5e-6)


@pytest.mark.parametrize(("precision", "bits"), [("fp16", "FLOAT16"), ("bf16", "BFLOAT16")])
def test_a_typed_graph_keeps_norms_positions_and_result_in_float32(
    tmp_path: Path, precision: Precision, bits: str
) -> None:
    """What TensorRT is given. Every product with weights in 16 bits, but for the positions'."""
    model = naflex_vision()
    dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    cast_products(model, dtype)
    write_onnx(model, tmp_path / "model.onnx")
    typed = onnx.shape_inference.infer_shapes(
        onnx.load(str(tmp_path / "model.onnx")), check_type=True, strict_mode=True
    ).graph
    types = {one.name: one.data_type for one in typed.initializer} | {
        one.name: one.type.tensor_type.elem_type
        for one in (*typed.value_info, *typed.input, *typed.output)
    }
    wide, narrow = onnx.TensorProto.FLOAT, onnx.TensorProto.DataType.Value(bits)
    for node in typed.node:
        if node.op_type in {"LayerNormalization", "ReduceSum", "Sqrt"}:
            assert types[node.output[0]] == wide, node.name
        if node.op_type == "MatMul":
            position = any("position_embedding" in name for name in node.input)
            assert types[node.output[0]] == (wide if position else narrow), node.name
    assert types["EMBEDDING"] == wide


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_typed_arithmetic_stays_close_in_pytorch(dtype: torch.dtype) -> None:
    """With PyTorch's own 16-bit products, where ONNX Runtime on a CPU widens fp16 to float32."""
    model, batch = naflex_vision(), random_batch([(23, 11), (4, 5)], 256)
    expected = embed_with_source(model, batch)
    cast_products(model, dtype)
    with torch.no_grad():
        inputs = {name: torch.from_numpy(value) for name, value in batch.items()}
        found = forward_of(model)(**inputs)["EMBEDDING"].numpy()
    assert (expected * found).sum(axis=1).min() > (0.99999 if dtype == torch.float16 else 0.9995)


def test_a_weight_beyond_float16_is_refused() -> None:
    model: Any = naflex_vision()
    name = "encoder.layers.1.mlp.fc2.weight"
    dict(model.named_parameters())[f"vision_model.{name}"].data[0, 0] = 1e5
    with pytest.raises(RepositoryError, match=rf"float16 cannot hold these weights: .*{name}"):
        cast_products(model, torch.float16)


def test_int8_keeps_the_position_product_in_float32(tmp_path: Path) -> None:
    write_model(naflex_vision(), tmp_path, Target(precision="int8"))
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    products = [n for n in graph.node if n.op_type == "MatMul"]
    assert any("position_embedding.weight" in name for n in products for name in n.input)
    assert sum(n.op_type == "MatMulInteger" for n in graph.node) >= 20  # 3 layers, head, patches


@pytest.mark.parametrize(
    ("file_format", "precision"),
    [("onnx", "bf16"), ("openvino", "int8"), ("tensorrt", "int8")],
)
def test_what_is_not_offered_is_refused(
    checkpoint: Path, tmp_path: Path, file_format: Format, precision: Precision
) -> None:
    with pytest.raises(RepositoryError, match=f"{file_format} has no {precision}; it has fp32"):
        export_siglip2(checkpoint, tmp_path / "out", precision, file_format=file_format)
    assert not (tmp_path / "out").exists()


def test_without_tensorrt_an_engine_is_refused(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match=r"trtexec is not installed"):
        export_siglip2(checkpoint, tmp_path / "out", "fp16", file_format="tensorrt")


def test_trtexec_is_asked_for_one_profile_over_batch_and_patches(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the call, with a stand-in."""
    write_trtexec(tmp_path, width=48)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match=r"\(fp16\) is too far from its source"):
        export_siglip2(checkpoint, tmp_path / "out", "fp16", file_format="tensorrt")
    assert not (tmp_path / "out").exists()
    manifest = export_siglip2(
        checkpoint, tmp_path / "out", "fp16", file_format="tensorrt", force=True
    )
    assert manifest.forced
    assert manifest.cosine_min is not None
    assert manifest.cosine_min < 0.9  # so what the engine answers is what is measured
    asked = (tmp_path / "out" / "model.plan").read_text().splitlines()
    assert "--stronglyTyped" in asked
    for name, batch, patches in (("min", 1, 64), ("opt", 8, 256), ("max", 32, 1024)):
        assert (
            f"--{name}Shapes=pixel_values:{batch}x{patches}x768,"
            f"pixel_attention_mask:{batch}x{patches},spatial_shapes:{batch}x2"
        ) in asked
    assert set(read_manifest(tmp_path / "out").files) == {"model.plan", "probe.npz"}


def test_a_failing_trtexec_is_quoted(tmp_path: Path) -> None:
    write_onnx(naflex_vision(), tmp_path / "model.onnx")
    script = write_trtexec(tmp_path, 48, "print('[E] out of GPU memory'); sys.exit(3)")
    with pytest.raises(RepositoryError, match=r"code 3:\n\[E\] out of GPU memory"):
        tensorrt.build_engine(
            tmp_path / "model.onnx", tmp_path / "plan", PROFILES["siglip2"](), str(script)
        )


def test_a_second_run_does_nothing(checkpoint: Path, tmp_path: Path) -> None:
    export_siglip2(checkpoint, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    said: list[str] = []
    export_siglip2(checkpoint, tmp_path / "out", say=said.append)
    assert said == [f"{tmp_path / 'out'} is up to date"]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("change", ["precision", "damage"])
def test_a_second_run_with_something_changed_writes_again(
    checkpoint: Path, tmp_path: Path, change: str
) -> None:
    first = export_siglip2(checkpoint, tmp_path / "out")
    if change == "damage":
        (tmp_path / "out" / "model.onnx").write_bytes(b"torn")
    second = export_siglip2(
        checkpoint, tmp_path / "out", "int8" if change == "precision" else "fp32"
    )
    assert (second == first) == (change == "damage")
    open_export(tmp_path / "out", "onnx", second.precision)


def test_another_model_at_the_place_is_left_alone(tmp_path: Path) -> None:
    save_whole(tmp_path / "in", "Siglip2")
    export_siglip2(tmp_path / "in", tmp_path / "out", tower="text")
    before = (tmp_path / "out" / "model.onnx").read_bytes()
    with pytest.raises(RepositoryError, match=r"holds siglip2_text, not siglip2; left as it is"):
        export_siglip2(tmp_path / "in", tmp_path / "out", tower="vision")
    assert (tmp_path / "out" / "model.onnx").read_bytes() == before


def test_another_checkpoints_export_is_replaced_only_when_asked(
    checkpoint: Path, tmp_path: Path
) -> None:
    naflex_vision(2).save_pretrained(tmp_path / "in")
    old = export_siglip2(tmp_path / "in", tmp_path / "out")
    with pytest.raises(RepositoryError, match=r"holds an export of in, not of .*--replace"):
        export_siglip2(checkpoint, tmp_path / "out", keep_source=True)
    assert read_manifest(tmp_path / "out") == old
    assert export_siglip2(checkpoint, tmp_path / "out").source_sha256 != old.source_sha256


def test_a_full_disk_leaves_the_old_export_whole(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file over 100 kB can be written: the model is larger."""
    old = export_siglip2(checkpoint, tmp_path / "out", "int8")
    with files_of_at_most(100_000):
        assert main(["siglip2", str(checkpoint), "--out", str(tmp_path / "out")]) == 1
    assert "could not be written: no room is left" in capsys.readouterr().err
    assert read_manifest(tmp_path / "out") == old
    assert [path.name for path in tmp_path.iterdir()] == ["out"]  # nothing half-written stays
