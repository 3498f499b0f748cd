"""The options of a request, checked before the first stage works.

Imported only by the `model.py` adapters, inside the server. A request that fails inside one of two
parallel branches is often never released by Triton 24.10, so the first stage checks what the later
ones will read. It needs to know no pipeline: the contract says what each option may be.
"""

from collections.abc import Collection
from typing import Any

from vislex.contract.galleries import GALLERY_OPTION
from vislex.contract.models import OPTIONS
from vislex.live.settings import require_name
from vislex.triton.requests import parameters_of


def check_options(request: Any, galleries: Collection[str]) -> None:
    """Raises InvalidOption for an option out of its range, or a gallery that is not served."""
    parameters = parameters_of(request)
    for name in parameters.keys() & OPTIONS.keys():
        OPTIONS[name].parse(parameters[name])
    require_name(parameters.get(GALLERY_OPTION.name, ""), galleries)
