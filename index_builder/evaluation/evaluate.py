"""Runs labelled queries through a classifier and judges the answers; `report` writes the files.

Nothing here knows whether the classifier is the core in this process or a server far away: it is
a function from the bytes of an image to an answer. Only the core's answers say what was observed,
so only those can be compared with what other options would have made of them.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm
from vislex_client import VislexError as ClientError

from index_builder.evaluation.classifiers import Ask
from index_builder.evaluation.judged import OTHER, Judged, Outcome
from index_builder.evaluation.metrics import Metrics, summarise
from index_builder.evaluation.per_class import ClassRow, per_class
from index_builder.evaluation.variants import Comparison
from index_builder.ingest.images import LabelledImage, find_images
from vislex.errors import InvalidInput, ModelFailed
from vislex.gallery.labels import label_of
from vislex.rows import Remarks

Compare = Callable[[Sequence[Judged]], Comparison]


@dataclass(frozen=True)
class Evaluation:
    """The results of labelled queries; `Judged.path` is relative to the folder `queries`."""

    queries: Path
    judged: Sequence[Judged]
    metrics: Metrics
    rows: Sequence[ClassRow]  # a row for each label, see per_class
    comparison: Comparison


def check_labels(queries: Sequence[LabelledImage], labels: Collection[str]) -> None:
    """Raises InvalidInput when a query's label can never be answered by a gallery of `labels`."""
    unknown = sorted({query.label for query in queries} - {*labels, OTHER})
    if unknown:
        raise InvalidInput(
            f"the gallery does not know {', '.join(unknown)}; expected one of "
            f"{', '.join(sorted(labels))}, or {OTHER!r} for images that show none of them"
        )


def judge(
    queries: Sequence[LabelledImage],
    ask: Ask,
    *,
    workers: int = 1,
    progress: bool = True,
    refusals: tuple[type[Exception], ...] = (InvalidInput,),
) -> list[Judged]:
    """Asks about every query, at most `workers` at once; results in the queries' order.

    An exception among `refusals`, and a file that cannot be read, become that query's `error`. So
    does what a server did not answer, and the query counts as `unanswered`: the others go on. Any
    other ends the run with a note of the query it met: figures over a failing model mean nothing.
    """
    judged = []
    with (
        _threads(workers) as pool,
        tqdm(total=len(queries), unit="image", disable=not progress) as bar,
    ):
        for result in pool.map(lambda query: _judge_one(query, ask, refusals), queries):
            judged.append(result)
            bar.update()
    return judged


@contextmanager
def _threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    """If the caller stops early, running calls are not waited for: they end with their client."""
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def evaluate(
    root: Path,
    ask: Ask,
    labels: Sequence[str],
    *,
    compare: Compare = lambda judged: Comparison(),
    sight: Callable[[bytes], str] | None = None,
    workers: int = 1,
    progress: bool = True,
    refusals: tuple[type[Exception], ...] = (InvalidInput,),
    remarks: Remarks | None = None,
) -> Evaluation:
    """Judges the queries under `root` against a gallery of `labels`.

    `compare` answers the same queries under other options, where what was observed is at hand.
    `sight` gives the label by the image alone where `ask` does not; it is asked after the run that
    is timed. `remarks` get the files under `root` that are passed over. Raises InvalidInput for
    queries that cannot be judged at all, each of them refused included. Queries that a server did
    not answer are in no figure: see `judged.require_answers`.
    """
    known = {*labels, OTHER}  # as they are in the gallery, even those that would be refused today
    queries = find_images(
        root, remarks, named=lambda name: name if name in known else label_of(name)
    )
    check_labels(queries, labels)
    start = time.perf_counter()
    judged = judge(queries, ask, workers=workers, progress=progress, refusals=refusals)
    seconds = time.perf_counter() - start
    if sight is not None:
        judged = _seen(judged, queries, sight, workers)
    metrics = summarise(judged, seconds)
    if len(metrics.failed) == len(judged):
        first = metrics.failed[0]
        raise InvalidInput(f"no query could be answered; the first was {first.path}: {first.error}")
    return Evaluation(root, judged, metrics, per_class(judged, labels), compare(judged))


def _seen(
    judged: Sequence[Judged],
    queries: Sequence[LabelledImage],
    sight: Callable[[bytes], str],
    workers: int,
) -> list[Judged]:
    def look(result: Judged, query: LabelledImage) -> Judged:
        if result.outcome is None:
            return result
        try:
            return replace(result, visual_label=sight(query.path.read_bytes()))
        except ClientError as error:  # the first answer stays
            return replace(result, visual_label=None, error=str(error), unanswered=True)

    with _threads(workers) as pool:
        return list(pool.map(look, judged, queries))


def _judge_one(query: LabelledImage, ask: Ask, refusals: tuple[type[Exception], ...]) -> Judged:
    try:
        image = query.path.read_bytes()
    except OSError as error:  # only around reading the file: a lost connection is an OSError, too
        return Judged(query.id, query.label, None, error=f"cannot be read: {error.strerror}")
    try:
        answer = ask(image)
    except refusals as error:
        return Judged(query.id, query.label, None, error=str(error) or type(error).__name__)
    except ClientError as error:
        return Judged(query.id, query.label, None, error=str(error), unanswered=True)
    except Exception as error:
        error.add_note(f"while evaluating {query.id}")
        raise
    _check(query, answer.outcome)
    return Judged(
        query.id,
        query.label,
        answer.outcome,
        visual_label=answer.visual_label,
        text_label=answer.text_label,
        observed=answer.observed,
    )


def _check(query: LabelledImage, outcome: Outcome) -> None:
    if not math.isfinite(outcome.score):
        raise ModelFailed(f"{query.id} scored {outcome.score}; expected a finite number")
    if not 0 <= outcome.confidence <= 1:
        raise ModelFailed(f"{query.id} has confidence {outcome.confidence}; expected 0 to 1")
