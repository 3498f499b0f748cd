"""A repository for each platform: complete, true to the contract and to what its backend loads."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from google.protobuf import text_format
from PIL import Image
from tritonclient.grpc import model_config_pb2 as pb

from export.manifest import read_manifest, sha256_of
from export.repository.deployment import Deployment
from export.repository.write import write_repository
from tests.images import SAMPLES
from tests.trtexec import write_trtexec
from tests.unit.test_contract import ENSEMBLES, agrees
from vislex.contract.images import CROP_WIDTH, EMBEDDING
from vislex.contract.models import MODELS
from vislex.contract.spec import TensorSpec
from vislex.gallery.recipe import RECIPE_FILE, read_recipe
from vislex.infer.probe import PROBE_FILE
from vislex.ocr.canvas import canvas_size
from vislex.ocr.recognize import COMMON_WIDTHS_PX

EXPORTED = ("siglip2", "ocr_det", "ocr_rec")
PYTHON = ("prepare", "ocr", "match", "read_answer", "gallery")
FILES = {
    "onnxruntime": {"model.onnx"},
    "openvino": {"model.xml", "model.bin"},
    "tensorrt": {"model.plan"},
}
DEPLOYMENTS = {
    "onnxruntime-cpu": Deployment("onnxruntime", "cpu", cores=4),
    "onnxruntime-gpu": Deployment("onnxruntime", "gpu", cores=16),
    "openvino-cpu": Deployment("openvino", "cpu", cores=16),
    "tensorrt-gpu": Deployment("tensorrt", "gpu", cores=16),
}
Written = tuple[Deployment, Path]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes each repository once; TensorRT's with a stand-in for trtexec, whose engines are not
    close to anything, hence `force`."""
    root, found = tmp_path_factory.mktemp("platforms"), dict[str, Path]()

    def once(name: str) -> Path:
        if name not in found:
            with pytest.MonkeyPatch.context() as patch:
                if name == "tensorrt-gpu":
                    write_trtexec(root, width=192)
                    patch.setenv("PATH", str(root))
                deployment = DEPLOYMENTS[name]
                force = deployment.platform == "tensorrt"
                write_repository(root / name, deployment=deployment, force=force)
            found[name] = root / name
        return found[name]

    return once


@pytest.fixture(params=DEPLOYMENTS)
def written(request: pytest.FixtureRequest, write: Callable[[str], Path]) -> Written:
    return DEPLOYMENTS[request.param], write(request.param)


def config_of(repository: Path, model: str) -> Any:
    text = (repository / model / "config.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, pb.ModelConfig())


def test_every_model_is_there_with_the_files_its_backend_expects(written: Written) -> None:
    deployment, repository = written
    assert {path.name for path in repository.iterdir()} == {*MODELS, RECIPE_FILE}
    for model in EXPORTED:
        config = config_of(repository, model)
        assert config.backend == deployment.platform
        assert config.platform == ("tensorrt_plan" if deployment.platform == "tensorrt" else "")
        found = {path.name for path in (repository / model / "1").iterdir()}
        assert found == FILES[deployment.platform] | ({PROBE_FILE} if model == "siglip2" else set())
    for model in PYTHON:
        assert config_of(repository, model).backend == "python"
        assert (repository / model / "1" / "model.py").is_file()
    for model in ENSEMBLES:
        assert list((repository / model / "1").iterdir()) == []
    assert read_recipe(repository).dim == 192


@pytest.mark.parametrize("model", MODELS)
def test_tensors_are_those_of_the_contract(written: Written, model: str) -> None:
    _, repository = written
    config, spec = config_of(repository, model), MODELS[model]
    for specs, found in ((spec.inputs, config.input), (spec.outputs, config.output)):
        for one, tensor in zip(specs, found, strict=True):
            if config.max_batch_size == 0:  # then the batch is among the tensor's own dims
                assert tensor.dims.pop(0) == -1
            assert agrees(one, tensor)
            if one is EMBEDDING:
                assert list(tensor.dims) == [192]


def test_models_run_where_they_should(written: Written) -> None:
    deployment, repository = written
    kinds = {"cpu": pb.ModelInstanceGroup.KIND_CPU, "gpu": pb.ModelInstanceGroup.KIND_GPU}
    for model in (*EXPORTED, *PYTHON):
        (group,) = config_of(repository, model).instance_group
        assert group.count >= 1
        assert group.kind == kinds[deployment.device if model in EXPORTED else "cpu"]
    for model in ENSEMBLES:
        assert not config_of(repository, model).instance_group


def test_every_stage_still_sheds_load(written: Written) -> None:
    _, repository = written
    for model in (*EXPORTED, *PYTHON):
        policy = config_of(repository, model).dynamic_batching.default_queue_policy
        assert policy.max_queue_size in {64, 256}
        assert policy.timeout_action == pb.ModelQueuePolicy.REJECT


def fits(dims: tuple[int, ...], spec: TensorSpec) -> bool:
    return len(dims) == len(spec.dims) and all(
        size == expected or expected < 0 < size
        for size, expected in zip(dims, spec.dims, strict=True)
    )


def batches(config: Any) -> list[tuple[int, dict[str, tuple[int, ...]]]]:
    """Of each warm-up: how many items, and the dims of one of each input."""
    found = []
    for warmup in config.model_warmup:
        dims = {name: tuple(value.dims) for name, value in warmup.inputs.items()}
        if config.max_batch_size == 0:
            assert warmup.batch_size == 1
            (batch,) = {shape[0] for shape in dims.values()}
            found.append((batch, {name: shape[1:] for name, shape in dims.items()}))
        else:
            assert 1 <= warmup.batch_size <= config.max_batch_size
            found.append((warmup.batch_size, dims))
    return found


@pytest.mark.parametrize("model", EXPORTED)
def test_warmups_are_requests_the_contract_allows(written: Written, model: str) -> None:
    _, repository = written
    config, spec = config_of(repository, model), MODELS[model]
    assert batches(config)
    for _, dims in batches(config):
        assert set(dims) == {one.name for one in spec.inputs}
        assert all(fits(dims[one.name], one) for one in spec.inputs)
    types = {one.name: one.data_type for one in config.input}
    for warmup in config.model_warmup:
        for name, value in warmup.inputs.items():
            assert value.data_type == types[name]
            if value.input_data_file:
                assert (repository / model / "warmup" / value.input_data_file).is_file()
            else:
                assert value.zero_data


def test_every_common_bucket_is_warm(written: Written) -> None:
    _, repository = written
    widths = {dims["CROPS"][1] for _, dims in batches(config_of(repository, "ocr_rec"))}
    assert widths == set(COMMON_WIDTHS_PX)
    canvases = {dims["CANVAS"][:2] for _, dims in batches(config_of(repository, "ocr_det"))}
    assert canvases >= {(960, 448), (448, 960), (960, 544)}
    for image in sorted((SAMPLES / "gallery").glob("*/00.*")):
        with Image.open(image) as opened:
            assert canvas_size(opened.height, opened.width) in canvases, image


def test_calls_of_the_pipeline_are_batches_the_server_takes(written: Written) -> None:
    """`ocr` sends up to 8 canvases or crops at once; `prepare` one image."""
    _, repository = written
    for model in ("ocr_det", "ocr_rec"):
        assert config_of(repository, model).max_batch_size in {0, 8, 32}
    assert config_of(repository, "siglip2").max_batch_size >= 1


def test_openvino_as_its_backend_takes_it(write: Callable[[str], Path]) -> None:
    """It fixes a batching model's batch at max_batch_size, so none of these has a larger one."""
    repository = write("openvino-cpu")
    assert config_of(repository, "siglip2").max_batch_size == 1
    assert config_of(repository, "siglip2").dynamic_batching.max_queue_delay_microseconds == 0
    for model in EXPORTED:
        config = config_of(repository, model)
        parameters = {key: value.string_value for key, value in config.parameters.items()}
        count = config.instance_group[0].count
        bf16 = {"HINT_BF16": "YES"} if model == "siglip2" else {}
        # Of 16 cores, 8 threads a stream, and the detector asks for all of them twice over; the
        # recogniser has a stream for each.
        streams, threads = {
            "siglip2": ("2", "16"), "ocr_det": ("4", "32"), "ocr_rec": ("16", "16"),
        }[model]  # fmt: skip
        assert (str(count), parameters) == (
            streams,
            {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": threads, **bf16},
        )


def test_on_a_cpu_no_two_calls_of_an_ocr_model_are_put_together(written: Written) -> None:
    deployment, repository = written
    for model, on_gpu in {"ocr_det": 8, "ocr_rec": 32}.items():
        size = config_of(repository, model).max_batch_size
        assert size == (0 if deployment.device == "cpu" else on_gpu)


@pytest.mark.parametrize("model", EXPORTED)
def test_openvinos_tensors_have_one_name_each(write: Callable[[str], Path], model: str) -> None:
    """Its backend takes any one of a tensor's names for the name."""
    read = openvino.Core().read_model(write("openvino-cpu") / model / "1" / "model.xml")
    spec = MODELS[model]
    assert [one.get_names() for one in read.inputs] == [{one.name} for one in spec.inputs]
    assert [one.get_names() for one in read.outputs] == [{one.name} for one in spec.outputs]


@pytest.mark.parametrize("model", EXPORTED)
def test_openvino_models_load_as_tritons_backend_loads_them(
    write: Callable[[str], Path], model: str
) -> None:
    """The calls of its src/openvino.cc: element types, then the batch of a batching model fixed."""
    repository, spec = write("openvino-cpu"), MODELS[model]
    config, core = config_of(repository, model), openvino.Core()
    read = core.read_model(repository / model / "1" / "model.xml")
    process = openvino.preprocess.PrePostProcessor(read)
    for one in spec.inputs:
        tensor = process.input(one.name).tensor()
        tensor.set_element_type(openvino.Type(np.dtype(one.dtype)))
        if config.max_batch_size:
            tensor.set_layout(openvino.Layout("N..."))
    read = process.build()
    if config.max_batch_size:
        openvino.set_batch(read, config.max_batch_size)
    request = core.compile_model(read, "CPU").create_infer_request()
    batch, dims = batches(config)[-1]
    request.infer({one.name: np.ones((batch, *dims[one.name]), one.dtype) for one in spec.inputs})
    for one in spec.outputs:
        assert request.get_tensor(one.name).shape[0] == batch


def test_onnxruntime_threads_are_those_of_an_instance(write: Callable[[str], Path]) -> None:
    parameters = config_of(write("onnxruntime-cpu"), "siglip2").parameters
    assert parameters["intra_op_thread_count"].string_value == "4"
    assert not config_of(write("onnxruntime-gpu"), "siglip2").parameters


def shapes_of(said: str) -> dict[str, list[int]]:
    """`CANVAS:1x32x32x3,...` -> name -> sizes."""
    pairs = (one.split(":") for one in said.split(","))
    return {name: [int(size) for size in sizes.split("x")] for name, sizes in pairs}


@pytest.mark.parametrize("model", EXPORTED)
def test_engines_are_tuned_for_every_warmup(write: Callable[[str], Path], model: str) -> None:
    repository = write("tensorrt-gpu")
    config, spec = config_of(repository, model), MODELS[model]
    asked = (repository / model / "1" / "model.plan").read_text().splitlines()
    found = [
        {name: [shapes_of(a.partition("=")[2]) for a in asked if a.startswith(f"--{name}")]}
        for name in ("minShapes", "optShapes", "maxShapes")
    ]
    least, usual, most = (next(iter(one.values())) for one in found)
    assert list(config.instance_group[0].profile) == [str(i) for i in range(len(least))]
    assert [a for a in asked if a.startswith("--profile")] == [
        f"--profile={i}" for i in range(len(least))
    ]
    for low, middle, high in zip(least, usual, most, strict=True):
        for one in spec.inputs:
            assert all(
                a <= b <= c
                for a, b, c in zip(low[one.name], middle[one.name], high[one.name], strict=True)
            )
            assert high[one.name][0] == config.max_batch_size
    for batch, dims in batches(config):
        wanted = {name: [batch, *shape] for name, shape in dims.items()}
        assert any(
            all(
                a <= b <= c
                for name in wanted
                for a, b, c in zip(low[name], wanted[name], high[name], strict=True)
            )
            for low, high in zip(least, most, strict=True)
        ), (model, wanted)


def test_the_encoders_profile_is_the_one_of_the_notes(write: Callable[[str], Path]) -> None:
    asked = (write("tensorrt-gpu") / "siglip2" / "1" / "model.plan").read_text().splitlines()
    for name, batch, patches in (("min", 1, 64), ("opt", 8, 256), ("max", 32, 1024)):
        assert (
            f"--{name}Shapes=pixel_values:{batch}x{patches}x768,"
            f"pixel_attention_mask:{batch}x{patches},spatial_shapes:{batch}x2"
        ) in asked


def test_a_gallery_built_on_one_platform_is_served_on_another(
    written: Written, write: Callable[[str], Path]
) -> None:
    _, repository = written
    assert read_recipe(repository) == read_recipe(write("onnxruntime-cpu"))


def test_a_folder_moves_as_it_is(write: Callable[[str], Path], tmp_path: Path) -> None:
    """No file says where it was written."""
    repository = write("openvino-cpu")
    shutil.copytree(repository, tmp_path / "moved")
    for path in repository.rglob("config.pbtxt"):
        assert str(repository) not in path.read_text(encoding="utf-8")
    assert CROP_WIDTH.name in (repository / "ocr_rec" / "1" / "model.xml").read_text()
    assert str(repository.parent) not in (repository / "ocr_rec" / "1" / "model.xml").read_text()


def test_what_is_converted_says_what_it_is(write: Callable[[str], Path]) -> None:
    repository = write("openvino-cpu")
    for model in EXPORTED:
        manifest = read_manifest(repository / model)
        precision = "bf16" if model == "siglip2" else "fp32"
        assert (manifest.format, manifest.precision) == ("openvino", precision)
        assert set(manifest.files) - {PROBE_FILE} == {"model.xml", "model.bin"}
        for name, digest in manifest.files.items():
            assert sha256_of(repository / model / "1" / name) == digest
        assert "openvino" in manifest.tools
    encoder = read_manifest(repository / "siglip2")
    assert encoder.cosine_min is not None
    assert encoder.cosine_min >= 0.9999
    assert encoder.checked_on == "16 generated patterns, through the ONNX it was converted from"
