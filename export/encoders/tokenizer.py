"""The text tower's tokenizer: transformers', from the checkpoint's own files."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.encoders.checkpoint import Checkpoint
from vislex.contract.spec import Tensors
from vislex.errors import RepositoryError

_NEEDED = ("tokenizer.json", "tokenizer.model", "spiece.model")  # one of them
_TOO = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def text_inputs(checkpoint: Checkpoint, texts: Sequence[str], length: int) -> list[Tensors]:
    """One batch of one per text, (1, length) int64, padded as SigLIP was trained.

    Raises RepositoryError where the checkpoint has no tokenizer.
    """
    require_tokenizer(checkpoint)
    from transformers import AutoTokenizer  # slow to import: not where no text is met

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint.path, local_files_only=True)
    except Exception as error:  # transformers raises many kinds here, all of them about the files
        raise RepositoryError(f"{checkpoint.path} has no usable tokenizer: {error}") from error
    padded = tokenizer(list(texts), padding="max_length", max_length=length, truncation=True)
    return [{"input_ids": np.array([ids], np.int64)} for ids in padded["input_ids"]]


def require_tokenizer(checkpoint: Checkpoint) -> None:
    """Raises RepositoryError where the checkpoint has no tokenizer's files."""
    if not any((checkpoint.path / name).is_file() for name in _NEEDED):
        raise RepositoryError(
            f"{checkpoint.path} has no tokenizer; expected one of {', '.join(_NEEDED)}"
        )


def copy_tokenizer(checkpoint: Checkpoint, folder: Path) -> None:
    """Puts the tokenizer's files beside the exported text tower."""
    for name in (*_NEEDED, *_TOO):
        if (checkpoint.path / name).is_file():
            shutil.copyfile(checkpoint.path / name, folder / name)
