"""The number of instances and threads of each model for a machine, in one pure function.

Whoever measures a better division changes `size_models` and nothing else; every repository is
written through it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vislex.contract.images import OCR, OCR_DET, OCR_REC, PREPARE, SIGLIP2

Device = Literal["cpu", "gpu"]

MAX_THREADS = 8  # of one instance: beyond it a model of this size gains less than a second instance
MAX_READERS = 16  # each instance of the recogniser has its own memory


@dataclass(frozen=True)
class Sizing:
    """One model's share of the machine."""

    instances: int  # copies that run at the same time, each with its own memory
    threads: int  # of each instance; a Python model and a model on a GPU have one


ONE = Sizing(1, 1)


def size_models(cores: int, device: Device) -> Mapping[str, Sizing]:
    """Model name -> its share of `cores` (1 or more), for every model that gets more than one.

    Every other model has one instance of one thread (`ONE`): it hardly works, or, as `match`, would
    hold a copy of the gallery in each.

    The embed branch (siglip2) and the read branch (ocr_det, then ocr_rec) of a request run at the
    same time, so each may ask for all cores: threads sleep when they wait, so asking for more than
    there are costs a switch of context and no spinning.

    The detector does so twice over: with one instance, two busy cores were idle 18 to 40 % of the
    time, as whoever waited for it waited for all of its threads. The recogniser has an instance of
    one thread a core, and `ocr` sends it the crops of an image side by side, which needs less CPU
    time than threads that share each call: 1.14 times as many screens at 6 clients as with two
    instances of two threads, and 1.06 times with one (docs/benchmarks.md).

    On a GPU the models' threads cost no core; the Python models (decoding, cropping, lines) then
    are what needs them, and two instances of a model overlap copies with work.
    """
    python = max(1, cores // (4 if device == "cpu" else 2))  # each is one process of one thread
    encoder = Sizing(max(1, cores // MAX_THREADS), min(cores, MAX_THREADS))
    detector = Sizing(2 * encoder.instances, encoder.threads)
    readers = min(cores, MAX_READERS)
    recogniser = Sizing(readers, cores // readers)
    if device == "gpu":
        encoder = detector = recogniser = Sizing(2, 1)
    return {
        PREPARE.name: Sizing(python, 1),
        SIGLIP2.name: encoder,
        # More than the models it waits for, so that one cuts crops meanwhile.
        OCR.name: Sizing(max(detector.instances + 1, python), 1),
        OCR_DET.name: detector,
        OCR_REC.name: recogniser,
    }
