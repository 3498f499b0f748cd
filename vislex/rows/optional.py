"""Packages that only some callers need."""

from importlib import import_module
from typing import Any

from vislex.errors import InvalidInput


def optional(module: str) -> Any:
    """A module of the extra `manifests`. Raises InvalidInput that says how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InvalidInput(
            f"this needs {module} ({error}): pip install 'vislex[manifests]'"
        ) from None
