"""Every `config.pbtxt` template says what the contract does; the rest: export/test_platforms.py."""

from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as pb

from vislex.contract.galleries import status_of
from vislex.contract.images import EMBEDDING, IMAGE
from vislex.contract.models import MODELS, OPTIONS, gallery_holder
from vislex.contract.screens import MATCH
from vislex.contract.spec import TensorSpec
from vislex.errors import RepositoryError

REPOSITORY = Path(__file__).parents[2] / "model_repository"
DTYPES = {
    "bytes": "TYPE_STRING",
    "float32": "TYPE_FP32",
    "int32": "TYPE_INT32",
    "uint8": "TYPE_UINT8",
}


def config_of(name: str) -> pb.ModelConfig:
    text = (REPOSITORY / name / "config.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, pb.ModelConfig())


ENSEMBLES = {name for name in MODELS if config_of(name).platform == "ensemble"}


def agrees(spec: TensorSpec, found: pb.ModelInput | pb.ModelOutput) -> bool:
    dims = tuple(found.dims)
    same_dims = len(dims) == 1 and dims[0] > 0 if spec is EMBEDDING else dims == spec.dims
    dtype = pb.DataType.Name(found.data_type)
    return (found.name, dtype) == (spec.name, DTYPES[spec.dtype]) and same_dims


def test_the_repository_holds_the_models_of_the_contract_and_nothing_else() -> None:
    assert {path.name for path in REPOSITORY.iterdir()} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_tensors_are_those_of_the_contract(name: str) -> None:
    config, spec = config_of(name), MODELS[name]
    for specs, found in ((spec.inputs, config.input), (spec.outputs, config.output)):
        assert len(specs) == len(found)
        assert all(agrees(one, tensor) for one, tensor in zip(specs, found, strict=True))


@pytest.mark.parametrize("name", sorted(set(MODELS) - ENSEMBLES))
def test_each_stage_batches_and_sheds_load(name: str) -> None:
    config = config_of(name)
    assert config.max_batch_size > 1
    policy = config.dynamic_batching.default_queue_policy
    assert policy.max_queue_size > 0
    assert policy.timeout_action == pb.ModelQueuePolicy.REJECT
    assert policy.default_timeout_microseconds > 0


@pytest.mark.parametrize("name", sorted(ENSEMBLES))
def test_an_ensemble_connects_tensors_of_the_same_kind(name: str) -> None:
    config = config_of(name)
    assert config.platform == "ensemble"
    kinds: dict[str, TensorSpec] = {spec.name: spec for spec in MODELS[name].inputs}
    for step in config.ensemble_scheduling.step:
        model = MODELS[step.model_name]
        assert set(step.input_map) == {spec.name for spec in model.inputs}
        for spec in model.inputs:
            source = kinds[step.input_map[spec.name]]
            assert (source.dtype, source.dims) == (spec.dtype, spec.dims)
        kinds |= {step.output_map[s.name]: s for s in model.outputs if s.name in step.output_map}
    for spec in MODELS[name].outputs:
        assert kinds[spec.name] == spec


def test_an_option_of_a_name_is_the_same_for_every_model() -> None:
    """So that the first stage of a request can check it and know no pipeline."""
    for model in MODELS.values():
        for option in model.options:
            assert option == OPTIONS[option.name], (model.name, option.name)
            assert option.parse(option.default) == option.default


def test_a_canary_takes_one_image_and_nothing_else() -> None:
    canaries = [model for model in MODELS.values() if model.canary]
    assert "classify" in {model.name for model in canaries}
    assert all(model.inputs == (IMAGE,) and model.public for model in canaries)


def test_callers_may_ask_the_ensembles_and_the_status_alone() -> None:
    public = {name for name, model in MODELS.items() if model.public}
    assert public == ENSEMBLES | {"gallery"}


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("*/1/model.py")), ids=lambda p: p.parts[-3])
def test_an_adapter_has_at_most_60_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


def test_one_model_of_a_repository_holds_its_galleries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gallery_holder({"match", "classify"}) is MODELS["match"]
    assert gallery_holder({"read", "nothing of ours"}) is None
    monkeypatch.setitem(MODELS, "find", replace(MODELS["match"], name="find"))
    with pytest.raises(RepositoryError, match="match and find hold galleries"):
        gallery_holder({"match", "find"})
    asked = status_of(MODELS["match"])
    assert (asked.name, asked.inputs) == (MATCH.name, MATCH.inputs)
    assert [spec.name for spec in asked.outputs] == ["STATUS"]
