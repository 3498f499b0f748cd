"""optimum's own export of the registered types writes the graph that ours writes."""

from pathlib import Path

import onnx
import pytest
from onnx.numpy_helper import to_array
from optimum.exporters.onnx import main_export, onnx_export_from_model

from export.encoders.checkpoint import TowerName
from export.encoders.optimum_siglip2 import OPSET  # importing it registers the types with optimum
from export.encoders.siglip2 import export_siglip2
from tests.siglip_models import TEXT, naflex_vision, random_model, save_tokenizer, save_whole

# the tracing exporter, which torch calls the older one, is what optimum uses
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def optimum_graph(checkpoint: Path, out: Path) -> onnx.ModelProto:
    main_export(str(checkpoint), out, task="feature-extraction", opset=OPSET)
    return onnx.load(str(out / "model.onnx"))


def our_graph(checkpoint: Path, out: Path, tower: TowerName) -> onnx.ModelProto:
    export_siglip2(checkpoint, out, tower=tower)
    return onnx.load(str(out / "model.onnx"))


def numbered(model: onnx.ModelProto) -> tuple[list[bytes], dict[int, bytes]]:
    """The graph with tensors numbered as they are met; the tracer's own running numbers differ.

    Every node in order, with its operation, attributes and tensors; every weight's bytes.
    """
    numbers: dict[str, int] = {}
    nodes = []
    for node in model.graph.node:
        plain = onnx.NodeProto()
        plain.CopyFrom(node)
        plain.ClearField("name")
        for names in (plain.input, plain.output):
            names[:] = [str(numbers.setdefault(name, len(numbers))) for name in names]
        nodes.append(plain.SerializeToString(deterministic=True))
    weights = {numbers[one.name]: to_array(one).tobytes() for one in model.graph.initializer}
    return nodes, weights


def test_the_vision_model_alone(tmp_path: Path) -> None:
    naflex_vision().save_pretrained(tmp_path / "in")
    ours = our_graph(tmp_path / "in", tmp_path / "ours", "vision")
    assert optimum_graph(tmp_path / "in", tmp_path / "optimum") == ours


def test_the_vision_tower_of_a_whole_checkpoint(tmp_path: Path) -> None:
    save_whole(tmp_path / "in", "Siglip2")
    ours = our_graph(tmp_path / "in", tmp_path / "ours", "vision")
    assert numbered(optimum_graph(tmp_path / "in", tmp_path / "optimum")) == numbered(ours)


def test_opset_and_interface_are_the_served_ones(tmp_path: Path) -> None:
    naflex_vision().save_pretrained(tmp_path / "in")
    graph = our_graph(tmp_path / "in", tmp_path / "ours", "vision")
    assert graph.opset_import[0].version == 20
    shapes = {
        one.name: [d.dim_param or d.dim_value for d in one.type.tensor_type.shape.dim]
        for one in (*graph.graph.input, *graph.graph.output)
    }
    assert shapes == {
        "pixel_values": ["batch", "patches", 768],
        "pixel_attention_mask": ["batch", "patches"],
        "spatial_shapes": ["batch", 2],
        "EMBEDDING": ["batch", 48],
    }


def test_the_text_tower(tmp_path: Path) -> None:
    """optimum loads no text-only checkpoint by itself, so it is given the model."""
    model = random_model("Siglip2Text", 4, **TEXT)
    model.save_pretrained(tmp_path / "in")
    save_tokenizer(tmp_path / "in")
    ours = our_graph(tmp_path / "in", tmp_path / "ours", "text")
    onnx_export_from_model(model, tmp_path / "optimum", task="feature-extraction", opset=OPSET)
    assert numbered(onnx.load(str(tmp_path / "optimum" / "model.onnx"))) == numbered(ours)
