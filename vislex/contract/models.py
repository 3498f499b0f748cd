"""Every served model, and every option of a request: what shared code asks in place of names.

A new pipeline adds its models here. Tests hold every `config.pbtxt`, and the client's own copy of
the names, to this table.
"""

from collections.abc import Mapping
from typing import Any

from vislex.contract.galleries import GALLERY
from vislex.contract.images import IMAGE_MODELS
from vislex.contract.screens import SCREEN_MODELS
from vislex.contract.spec import ModelSpec, OptionSpec

MODELS: Mapping[str, ModelSpec] = {
    model.name: model for model in (*IMAGE_MODELS, GALLERY, *SCREEN_MODELS)
}
PUBLIC = frozenset(model.name for model in MODELS.values() if model.public)
OPTIONS: Mapping[str, OptionSpec[Any]] = {  # an option of a name is the same for every model
    option.name: option for model in MODELS.values() for option in model.options
}
