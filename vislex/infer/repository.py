"""The models of a written repository in this process, each by the backend its config names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Lock

import numpy as np

from vislex.config import usable_cores
from vislex.contract.images import OCR_REC, SIGLIP2
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import RepositoryError
from vislex.infer import Infer, Run
from vislex.infer.parameters import OPENVINO_STREAMS, OPENVINO_THREADS, ORT_MEM_PATTERN, ORT_THREADS
from vislex.infer.pbtxt import CONFIG_FILE, parameters_of, read_config
from vislex.infer.probe import read_probe, require_same


@dataclass(frozen=True)
class _Backend:
    """How a backend's models are opened here: a module of this package, and what it calls them."""

    module: str  # imported only when needed: a machine may have one of the runtimes
    file: str
    threads: str  # its parameter for the number of threads
    alone: Mapping[str, str] = field(
        default_factory=dict
    )  # parameters of a single instance that meets every shape


_BACKENDS: Mapping[str, _Backend] = {
    "onnxruntime": _Backend("onnx", "model.onnx", ORT_THREADS, {ORT_MEM_PATTERN: "0"}),
    "openvino": _Backend("openvino", "model.xml", OPENVINO_THREADS, {OPENVINO_STREAMS: "1"}),
}


def open_infer(repository: Path, threads: int = 0, calls: int = 1) -> Infer:
    """An `Infer` over the models of a repository, or of an export of them, opened when asked for.

    Options are those of each `config.pbtxt`, but for `threads` (0: one a core) of each of the
    `calls` that run at once. The recogniser's calls come side by side (`infer_all`): each has one
    thread. Calls may come from any thread. The function raises RepositoryError for a model that
    cannot be opened in a process, and for an encoder that this machine computes otherwise than
    its source does; and ModelFailed.
    """
    of_one = threads or usable_cores()

    def open_model(model: ModelSpec) -> Run:
        share = (1, of_one * calls) if model is OCR_REC else (of_one, calls)
        run = open_one(repository / model.name, *share)
        if model is SIGLIP2 and (probe := read_probe(repository)) is not None:
            require_same(opened_once(lambda _: run), probe)
        return run

    return in_batches(opened_once(open_model), repository)


def opened_once(open_model: Callable[[ModelSpec], Run]) -> Infer:
    """An `Infer` that opens each model when it is first asked for."""
    opened: dict[str, Run] = {}
    opening = Lock()

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        with opening:
            if model.name not in opened:
                opened[model.name] = open_model(model)
        return opened[model.name]([output.name for output in model.outputs], inputs)

    return infer


def in_batches(infer: Infer, repository: Path) -> Infer:
    """`infer` with batches cut to what a model's `config.pbtxt` takes, as its server asks for."""
    sizes: dict[str, int] = {}

    def cut(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        if model.name not in sizes:
            _, _, sizes[model.name] = _configured(repository / model.name) or ("", {}, 0)
        size, count = sizes[model.name], len(inputs[model.inputs[0].name])
        if not 0 < size < count:
            return infer(model, inputs)
        parts = [
            infer(model, {name: value[start : start + size] for name, value in inputs.items()})
            for start in range(0, count, size)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return cut


def open_one(model_dir: Path, threads: int, calls: int = 1) -> Run:
    """One model of a repository, for `calls` at once of `threads` each; see `open_infer`."""
    name, parameters, _ = _configured(model_dir) or (_backend_of_files(model_dir), {}, 0)
    if name not in _BACKENDS:
        raise RepositoryError(
            f"{model_dir.name} is for the backend {name!r}, which only a server runs;"
            f" in a process there are {', '.join(_BACKENDS)}"
        )
    backend = _BACKENDS[name]
    module = import_module(f"vislex.infer.{backend.module}")
    run: Run = module.open_model(
        model_dir / "1" / backend.file,
        {**parameters, **backend.alone, backend.threads: str(threads)},
        calls,
    )
    return run


def _configured(model_dir: Path) -> tuple[str, Mapping[str, str], int] | None:
    """Backend, parameters and largest batch by the model's config.pbtxt, where it has one."""
    if not (model_dir / CONFIG_FILE).is_file():
        return None
    config = read_config(model_dir)
    return config.backend, parameters_of(config), config.max_batch_size


def _backend_of_files(model_dir: Path) -> str:
    """The backend of a bare export, as `vislex-export ocr` writes it, by its file."""
    for name, backend in _BACKENDS.items():
        if (model_dir / "1" / backend.file).is_file():
            return name
    raise RepositoryError(f"{model_dir} holds no model; expected {CONFIG_FILE} and 1/model.onnx")
