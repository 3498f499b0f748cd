"""Where `tritonserver` is on this machine, and what it needs around it to start."""

import ctypes
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from vislex.errors import ServerError
from vislex.serving.readable import is_plain

_PACKAGE = Path(__file__).parents[1]  # vislex itself
_BACKENDS_OF_OURS = Path(__file__).parent / "backends"


@dataclass(frozen=True)
class Installation:
    """A `tritonserver` that can be started: its binary, its backends and its environment."""

    binary: Path
    backends: Path | None  # None: the binary's own default
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None  # to start it in; None: any


def find_installation(scratch: Path) -> Installation:
    """Finds the wheel's server, else one on PATH; the wheel's needs some files under `scratch`.

    The wheel brings no C++ ONNX Runtime backend, so a Python-based one of the same name stands in
    for it and every `config.pbtxt` stays as in production.

    Raises ServerError when there is no server, or none for this machine.
    """
    wheel = wheel_server()
    if wheel is not None:
        return _from_wheel(wheel, scratch)
    on_path = shutil.which("tritonserver")
    if on_path is not None:
        return Installation(Path(on_path), backends=None)
    raise ServerError(
        "no tritonserver found: install the extra `vislex[server]` (Linux x86_64, glibc 2.35 or "
        "newer) or put a tritonserver on PATH"
    )


def wheel_server() -> Path | None:
    """The folder of the `nvidia-pytriton` wheel's server, or None where that is not installed."""
    spec = find_spec("pytriton")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "tritonserver"


def _from_wheel(tritonserver: Path, scratch: Path) -> Installation:
    stub = tritonserver / "python_backend_stubs" / _python_version() / "triton_python_backend_stub"
    if not stub.is_file():
        raise ServerError(f"nvidia-pytriton carries no stub for Python {_python_version()}")
    _check_libpython()
    backends = scratch / "backends"
    python_backend = backends / "python"
    shutil.copytree(tritonserver / "backends" / "python", python_backend)
    shutil.copy2(stub, python_backend / stub.name)
    for ours in _BACKENDS_OF_OURS.iterdir():
        if (ours / "model.py").is_file():
            shutil.copytree(ours, backends / ours.name)
    # The stubs look for packages in their working folder first: so they run this very vislex, and
    # nothing that lies where the launcher was started.
    (scratch / _PACKAGE.name).symlink_to(_PACKAGE)
    binary = tritonserver / "bin" / "tritonserver"
    # Wheels may be unpacked without the bit. An image sets it, where nothing can be written later.
    if not os.access(binary, os.X_OK):
        binary.chmod(binary.stat().st_mode | 0o111)
    site_packages = tritonserver.parents[1]
    _check_separator(site_packages, Path(sys.executable))
    return Installation(
        binary,
        backends,
        {
            "LD_LIBRARY_PATH": _joined(
                str(site_packages / "nvidia_pytriton.libs"),
                sysconfig.get_config_var("LIBDIR"),  # where this Python's libpython is
                os.environ.get("LD_LIBRARY_PATH"),
            ),
            # The stubs embed Python and ignore PYTHONPATH: they find their packages beside the
            # first `python3` on PATH, so that has to be the one that runs us.
            "PATH": _joined(str(_interpreters(scratch)), os.environ.get("PATH")),
        },
        folder=scratch,
    )


def _interpreters(scratch: Path) -> Path:
    """The folder of this Python; behind a link where it is not plain.

    The stubs decode paths as ASCII whatever the locale, and end where a traceback, or the place
    that a log line comes from, names a file that is more than that.
    """
    folder = Path(sys.executable).parent
    if is_plain(folder):
        return folder
    link = scratch / "python"
    link.symlink_to(folder.parent)
    return link / folder.name


def _check_separator(*paths: Path) -> None:
    for path in paths:
        if os.pathsep in str(path):
            raise ServerError(
                f"{path} has {os.pathsep!r} in its path, which separates the folders of PATH; "
                "install vislex into a folder without"
            )


def _check_libpython() -> None:
    """Raises ServerError where Python was built without the shared library the stubs link to."""
    name = f"libpython{_python_version()}.so.1.0"
    if (Path(sysconfig.get_config_var("LIBDIR")) / name).is_file():
        return
    try:
        ctypes.CDLL(name)
    except OSError:
        raise ServerError(
            f"Triton's Python backend needs {name}, which this Python ({sys.base_prefix}) does not "
            "have; use one built with --enable-shared, or install the system's libpython"
        ) from None


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _joined(*paths: str | None) -> str:
    return os.pathsep.join(path for path in paths if path)
