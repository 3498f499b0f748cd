"""Completes a model's `config.pbtxt` for a platform and a device; docs/export.md has a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tritonclient.grpc import model_config_pb2 as pb

from export.formats.openvino_ir import precision_parameters
from export.formats.shapes import PROFILES
from export.manifest import Format, Precision
from export.repository.sizing import ONE, Device, Sizing, size_models
from export.repository.warmup import warmups
from vislex.contract.images import SIGLIP2
from vislex.errors import RepositoryError
from vislex.infer.parameters import (
    OPENVINO_STREAMS,
    OPENVINO_THREADS,
    ORT_MEM_PATTERN,
    ORT_THREADS,
)

Platform = Literal["onnxruntime", "openvino", "tensorrt"]

FORMATS: Mapping[Platform, Format] = {  # what each loads
    "onnxruntime": "onnx",
    "openvino": "openvino",
    "tensorrt": "tensorrt",
}
DEVICES: Mapping[Platform, tuple[Device, ...]] = {  # where each runs; the first is the default
    "onnxruntime": ("cpu", "gpu"),
    "openvino": ("cpu",),  # Triton's backend takes instances on a CPU only
    "tensorrt": ("gpu",),
}
OCR_PRECISIONS: Mapping[Platform, tuple[Precision, ...]] = {  # the first is the default
    "onnxruntime": ("fp32",),
    "openvino": ("fp32", "bf16"),
    "tensorrt": ("fp32",),
}
EXPORTED = tuple(PROFILES)  # the models a platform runs


@dataclass(frozen=True)
class Deployment:
    """Where a repository is to be loaded. Raises RepositoryError for what there is not."""

    platform: Platform = "onnxruntime"
    device: Device = "cpu"
    cores: int = 2
    ocr_precision: Precision = "fp32"

    def __post_init__(self) -> None:
        if self.device not in DEVICES[self.platform]:
            raise RepositoryError(
                f"--platform {self.platform} has no --device {self.device};"
                f" it runs on {' and '.join(DEVICES[self.platform])}"
            )
        if self.ocr_precision not in OCR_PRECISIONS[self.platform]:
            raise RepositoryError(
                f"--platform {self.platform} has no --ocr-precision {self.ocr_precision};"
                f" it has {' and '.join(OCR_PRECISIONS[self.platform])}"
            )
        if self.cores < 1:
            raise RepositoryError(f"--cores is {self.cores}; expected 1 or more")


def configure(config: Any, model: str, deployment: Deployment, precision: Precision) -> None:
    """Completes the ModelConfig of `model`, which is served in `precision`, for a deployment.

    The templates in model_repository/ hold what every platform shares: tensors and queues.
    """
    if config.platform == "ensemble":
        return
    sizing = size_models(deployment.cores, deployment.device).get(model, ONE)
    exported = model in EXPORTED
    on_gpu = exported and deployment.device == "gpu"
    group = pb.ModelInstanceGroup(
        count=sizing.instances,
        kind=pb.ModelInstanceGroup.KIND_GPU if on_gpu else pb.ModelInstanceGroup.KIND_CPU,
    )
    if exported:
        config.backend = deployment.platform
        _set_batching(config, model, deployment, precision)
        for key, value in _parameters(deployment, sizing, precision).items():
            config.parameters[key].string_value = value
        config.model_warmup.extend(warmups(model, config.max_batch_size))
    if exported and deployment.platform == "tensorrt":
        config.platform = "tensorrt_plan"
        group.profile.extend(str(i) for i in range(len(PROFILES[model]())))
    config.instance_group.append(group)


def _set_batching(config: Any, model: str, deployment: Deployment, precision: Precision) -> None:
    """How many items a call may have, where the platform, the device or the precision says.

    On a CPU the OCR models have the batch among their own dims: a call of `ocr` fills an instance,
    and two that the server put together would leave another idle, and an image waiting (1.09 times
    as long alone). Triton's OpenVINO backend would also pad a batch to `max_batch_size`; so there
    the encoder takes one image a call. So does dynamic int8, which takes one range for a whole
    batch: an embedding must not depend on its neighbours.
    """
    if model == SIGLIP2.name:
        if deployment.platform == "openvino" or precision == "int8":
            config.max_batch_size = 1
            config.dynamic_batching.ClearField(
                "max_queue_delay_microseconds"
            )  # no other request to wait for
    elif deployment.device == "cpu":
        config.max_batch_size = 0
        for tensor in (*config.input, *config.output):
            tensor.dims[:] = [-1, *tensor.dims]


def _parameters(deployment: Deployment, sizing: Sizing, precision: Precision) -> Mapping[str, str]:
    if deployment.platform == "openvino":
        streams = {
            OPENVINO_STREAMS: str(sizing.instances),
            OPENVINO_THREADS: str(sizing.instances * sizing.threads),
        }
        return {**streams, **precision_parameters(precision)}
    if deployment.platform == "onnxruntime" and deployment.device == "cpu":
        # Shapes are many; a memory pattern for each would never be freed.
        return {ORT_THREADS: str(sizing.threads), ORT_MEM_PATTERN: "0"}
    return {}
