"""The port through which the core runs models; the modules beside this one implement it.

The core knows models by their `ModelSpec` alone. Inside Triton `bls.py` runs them, offline
`repository.py` does, and a test may pass any function of this shape.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from vislex.contract import ModelSpec, Tensors

# One opened model file: the outputs wanted, and a batch -> those outputs. Raises ModelFailed.
Run = Callable[[Sequence[str], Tensors], Tensors]


class Infer(Protocol):
    """Runs one model over a batch: every input and output has a leading batch axis of equal length.

    Raises ModelFailed when the model cannot answer.
    """

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors: ...
