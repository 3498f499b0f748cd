"""SigLIP 2, registered with optimum: importing this module teaches optimum to export it.

optimum-onnx has no `siglip2`. Registered here are the NaFlex vision tower (`siglip2`, which in
optimum's words is the whole checkpoint, and `siglip2_vision_model`) and the text tower. After
`import export.encoders.optimum_siglip2`, optimum's own `main_export` writes the graph that
`vislex-export siglip2` writes, which calls it through `write_onnx`.
"""

import warnings
from pathlib import Path
from typing import Any

import torch
from optimum.exporters.onnx import export
from optimum.exporters.onnx.base import OnnxConfig
from optimum.exporters.onnx.model_patcher import ModelPatcher
from optimum.exporters.tasks import TasksManager
from optimum.utils import NormalizedConfig

from export.encoders.towers import forward_of, interface_of
from vislex.contract.images import EMBEDDING

# The newest that torch's tracing exporter writes; it has LayerNormalization and Gelu as one node.
OPSET = 20
EXTERNAL = "model.onnx_data"  # where optimum puts the weights of a model over 2 GB
_TASK = "feature-extraction"
_register = TasksManager.create_register("onnx", overwrite_existing=True)


class _Patcher(ModelPatcher):  # type: ignore[misc]  # optimum ships no types
    """Puts the traceable forward in place of the published one while optimum traces."""

    def __enter__(self) -> None:
        super().__enter__()
        self._model.forward = forward_of(self._model)


@_register("siglip2", _TASK)
@_register("siglip2_vision_model", _TASK)
@_register("siglip2_text_model", _TASK)
class SiglipOnnxConfig(OnnxConfig):  # type: ignore[misc]  # as above
    """One tower as optimum sees it; names, free axes and the example are `interface_of`'s."""

    NORMALIZED_CONFIG_CLASS = NormalizedConfig
    DEFAULT_ONNX_OPSET = OPSET
    ATOL_FOR_VALIDATION = 1e-5
    _MODEL_PATCHER = _Patcher

    @property
    def inputs(self) -> dict[str, dict[int, str]]:
        axes = interface_of(self._config).axes
        return {name: dict(free) for name, free in axes.items()}

    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        return {EMBEDDING.name: {0: "batch"}}

    def generate_dummy_inputs(self, framework: str = "pt", **_shapes: Any) -> dict[str, Any]:
        """The fixed example: optimum's generators know batch and image sizes, not patch grids."""
        example = interface_of(self._config).example
        return {
            name: torch.from_numpy(value) if framework == "pt" else value
            for name, value in example.items()
        }


def write_onnx(model: Any, path: Path) -> None:
    """Writes `model`'s ONNX to `path`, in the dtypes of its weights, through optimum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that tracing is the older way, and of shapes it fixes
        export(
            model=model,
            config=SiglipOnnxConfig(model.config, task=_TASK),
            output=path,
            opset=OPSET,
            disable_dynamic_axes_fix=True,
        )
