"""The client's copy of the names says what the server's contract says, and needs nothing of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args

import vislex_client
from vislex_client import tensors
from vislex_client.options import parameters

from vislex.contract import galleries, images, screens
from vislex.contract.spec import ModelSpec
from vislex.screens.options import Options, Ranking


def test_models_and_tensors_are_those_of_the_contract() -> None:
    assert names(screens.CLASSIFY) == (tensors.CLASSIFY, {tensors.IMAGE}, set(tensors.OUTPUTS))
    assert names(images.EMBED) == (tensors.EMBED, {tensors.IMAGE}, {tensors.EMBEDDING})
    assert names(images.READ) == (tensors.READ, {tensors.IMAGE}, {tensors.LINES, tensors.READING})
    gallery = (tensors.GALLERIES, {tensors.GALLERY_NAME}, {tensors.STATUS})
    assert names(galleries.GALLERY) == gallery


def names(spec: ModelSpec) -> tuple[str, set[str], set[str]]:
    return spec.name, {t.name for t in spec.inputs}, {t.name for t in spec.outputs}


def test_the_copy_names_each_tensor_as_the_contract_does() -> None:
    contract = vars(images) | vars(galleries) | vars(screens)
    for name in (tensors.IMAGE, tensors.EMBEDDING, *tensors.OUTPUTS):
        assert getattr(tensors, name) == contract[name].name == name


def test_dtypes_and_dims_are_what_the_client_reads() -> None:
    numbers = {"SCORE", "CONFIDENCE", "CANDIDATE_VISUAL", "CANDIDATE_TEXT", "CANDIDATE_FUSED"}
    for spec in (*screens.CLASSIFY.inputs, *screens.CLASSIFY.outputs):
        assert spec.dtype == ("float32" if spec.name in numbers else "bytes"), spec
        assert spec.dims == ((-1,) if spec.name.startswith("CANDIDATE_") else (1,)), spec


def test_the_server_knows_the_parameters_the_client_sends() -> None:
    chosen = ("apps", "v000006")
    sent = parameters(0.25, 7, False, "study", False, *chosen)
    assert Options.from_parameters(sent) == Options(0.25, 7, False, "study", False, *chosen)
    assert set(sent) == {field.name for field in fields(Options)}


def test_the_rankings_are_the_servers() -> None:
    assert get_args(Ranking) == tensors.RANKINGS


def test_the_client_runs_without_the_core_and_imports_grpc_only_when_used() -> None:
    program = """if True:
        import sys
        sys.modules["vislex"] = None  # an import of it would now fail
        import vislex_client, vislex_client.cli
        slow = {"grpc", "numpy", "tritonclient"} & set(sys.modules)
        assert not slow, slow
        vislex_client.Client("localhost:1").close()
        assert "tritonclient.grpc" in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


def test_type_checkers_are_told_that_the_client_is_typed() -> None:
    assert Path(vislex_client.__file__).with_name("py.typed").is_file()
