"""The port: the one way to run a model, and the runtimes behind it.

The core knows models by their `ModelSpec` alone. Inside Triton `vislex.triton.bls` runs them,
offline `repository.py` does, and a test may pass any function of this shape.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Protocol

from vislex.config import usable_cores
from vislex.contract.spec import ModelSpec, Tensors

# One opened model file: the outputs wanted, and a batch -> those outputs. Raises ModelFailed.
Run = Callable[[Sequence[str], Tensors], Tensors]


class Infer(Protocol):
    """Runs one model over a batch: every input and output has a leading batch axis of equal length.

    Raises ModelFailed when the model cannot answer.
    """

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors: ...


def infer_all(infer: Infer, model: ModelSpec, batches: Iterable[Tensors]) -> Iterator[Tensors]:
    """Starts runs of batches of one model side by side, as many at once as there are cores.

    So `infer` must take calls from several threads. Yields the answers in the order of the batches;
    raises ModelFailed where one of them failed.
    """
    return _threads(os.getpid()).map(partial(infer, model), batches)


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Threads of that process: one that was forked has none of its parent's."""
    return ThreadPoolExecutor(usable_cores(), "infer")
