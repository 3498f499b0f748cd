"""A few inputs with their reference embeddings: does this machine compute the encoder correctly?

A model is proven where it is exported and served elsewhere, and not every CPU computes 8-bit
products alike (docs/export.md). So an encoder carries `probe.npz` in its version folder, and what
runs it compares once, before it answers.
"""

import hashlib
import json
import logging
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import EMBEDDING, SIGLIP2
from vislex.contract.spec import Tensors
from vislex.errors import RepositoryError
from vislex.infer import Infer

PROBE_FILE = "probe.npz"
# The least cosine against the source that each precision must keep, over everything it was
# checked on. Two embeddings of one screen from different photographs differ by far more.
TOLERANCE: Mapping[str, float] = {"fp32": 0.99999, "fp16": 0.9999, "bf16": 0.9999, "int8": 0.999}

_EMBEDDINGS = "embeddings"
_CPU_INFO = Path("/proc/cpuinfo")
_CPU_FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp")
_VNNI = ("avx_vnni", "avx512_vnni")  # either multiplies 8 bits exactly
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Probe:
    """What a served encoder is asked, and what it has to answer."""

    encoder: str  # in words: format, precision and source
    inputs: tuple[Tensors, ...]  # a batch of one prepared image each
    expected: NDArray[np.float32]  # (n, dim), by the source, L2-normalised
    least: float  # cosine of each answer
    forced: bool  # it was known to be too far from its source and accepted with --force


def write_probe(folder: Path, inputs: Sequence[Tensors], embeddings: NDArray[np.float32]) -> None:
    """Writes `folder/probe.npz`: batches of one for the encoder, and (n, dim) embeddings.

    Of pictures with few colours it takes some kilobytes.
    """
    named: dict[str, NDArray[Any]] = {
        f"{number}/{name}": value
        for number, each in enumerate(inputs)
        for name, value in each.items()
    }
    np.savez_compressed(folder / PROBE_FILE, **named, **{_EMBEDDINGS: embeddings})


def read_probe(repository: Path) -> Probe | None:
    """The probe of a repository's encoder; None, and a warning, where a float one has none.

    Raises RepositoryError where the probe is missing, though the manifest names it, or is not
    the file it describes, and for an encoder in int8 without one: those of the last release are
    wrong on CPUs without VNNI.
    """
    model_dir = repository / SIGLIP2.name
    manifest = _manifest(model_dir / "manifest.json")
    precision, digest = manifest["precision"], manifest.get("files", {}).get(PROBE_FILE)
    encoder = f"{manifest.get('format', 'onnx')} {precision} of {manifest['source']}"
    if digest is None:
        _without_probe(encoder, precision)
        return None
    return Probe(
        encoder,
        *_read(model_dir / "1" / PROBE_FILE, digest),
        least=TOLERANCE[precision],
        forced=manifest.get("forced") is True,
    )


def require_same(infer: Infer, probe: Probe) -> None:
    """Raises RepositoryError unless this machine computes the encoder as its source does.

    For an encoder that was taken by force it only warns. Raises ModelFailed.
    """
    embeddings = [infer(SIGLIP2, tensors)[EMBEDDING.name][0] for tensors in probe.inputs]
    least = min(map(_cosine, embeddings, probe.expected))
    if least >= probe.least:
        return
    said = (
        f"the encoder ({probe.encoder}) computes otherwise on this machine than its source does:"
        f" least cosine {least:.6f} over {len(embeddings)} probes, expected {probe.least} or more;"
        f" this CPU is {cpu_words()}"
    )
    if not probe.forced:
        raise RepositoryError(
            f"{said}; export the encoder again with this release, or in another --precision,"
            " and write the repository anew with `vislex-export repository --encoder DIR`"
        )
    _LOG.warning("%s; served all the same, as it was taken with --force", said)


def cpu_words() -> str:
    """The processor, and which of the instruction sets that matter here it has."""
    try:
        text = _CPU_INFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    name = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", text, re.MULTILINE)
    known = set(flags[1].split()) if flags else set()
    has = [flag for flag in _CPU_FLAGS if flag in known]
    lacks = "" if known & {*_VNNI, "asimddp"} else f", without {' and '.join(_VNNI)}"
    return f"{name[1] if name else 'unknown'} with {', '.join(has) or 'no AVX2'}{lacks}"


def _cosine(actual: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """-1 for another width, and for values that are not finite."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return -1.0
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else -1.0


def _without_probe(encoder: str, precision: str) -> None:
    again = (
        "export it again with `vislex-export siglip2` and write the repository anew with"
        " `vislex-export repository --encoder DIR`"
    )
    said = f"the encoder ({encoder}) has no {PROBE_FILE}, so it cannot be checked on this machine"
    if precision == "int8":
        raise RepositoryError(f"{said}, and int8 without one is wrong on some CPUs; {again}")
    _LOG.warning("%s; to have it checked, %s", said, again)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["precision"] not in TOLERANCE or "source" not in values:
            raise ValueError(f"precision {values['precision']!r}")
        return values
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RepositoryError(f"{path} cannot be read as a model manifest: {error!r}") from None


def _read(path: Path, digest: str) -> tuple[tuple[Tensors, ...], NDArray[np.float32]]:
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise RepositoryError(f"{path} is not the file that the encoder's manifest describes")
        with np.load(path, allow_pickle=False) as arrays:
            expected = arrays[_EMBEDDINGS]
            inputs: tuple[dict[str, NDArray[Any]], ...] = tuple({} for _ in expected)
            for key in set(arrays.files) - {_EMBEDDINGS}:
                number, _, name = key.partition("/")
                inputs[int(number)][name] = arrays[key]
    except (OSError, ValueError, KeyError, IndexError, BadZipFile, zlib.error) as error:
        raise RepositoryError(f"{path} cannot be read as a probe: {error}") from None
    return inputs, expected
