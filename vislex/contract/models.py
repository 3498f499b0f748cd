"""Every served model, and every option of a request: what shared code asks in place of names.

A new pipeline adds its models here. Tests hold every `config.pbtxt`, and the client's own copy of
the names, to this table.
"""

from collections.abc import Collection, Mapping
from typing import Any

from vislex.contract.galleries import GALLERY
from vislex.contract.images import IMAGE_MODELS
from vislex.contract.screens import SCREEN_MODELS
from vislex.contract.spec import ModelSpec, OptionSpec
from vislex.errors import RepositoryError

MODELS: Mapping[str, ModelSpec] = {
    model.name: model for model in (*IMAGE_MODELS, GALLERY, *SCREEN_MODELS)
}
OPTIONS: Mapping[str, OptionSpec[Any]] = {  # an option of a name is the same for every model
    option.name: option for model in MODELS.values() for option in model.options
}


def gallery_holder(names: Collection[str]) -> ModelSpec | None:
    """Of the models of a repository, the one that holds the galleries; None where none does.

    Raises RepositoryError for several: each would open every gallery of the server.
    """
    holders = [model for name, model in MODELS.items() if model.galleries and name in names]
    if len(holders) > 1:
        raise RepositoryError(
            f"{' and '.join(model.name for model in holders)} hold galleries; expected one of them"
            " in a repository"
        )
    return holders[0] if holders else None
