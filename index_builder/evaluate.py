"""Runs labelled queries through a classifier and writes what came of it.

Nothing here knows whether the classifier is the core in this process or a server far away: it is
a function from the bytes of an image to an answer.
"""

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from index_builder.images import LabelledImage, find_images
from index_builder.judged import OTHER, Judged, Line, Outcome
from index_builder.metrics import Metrics, per_class, summarise
from index_builder.report import write_report
from index_builder.results import write_json, write_per_class
from vislex.errors import InvalidInput, ModelFailed

Classify = Callable[[bytes], Outcome]
TextLabel = Callable[[Sequence[Line]], str]


def check_labels(queries: Sequence[LabelledImage], labels: Collection[str]) -> None:
    """Raises InvalidInput when a query's label can never be answered by a gallery of `labels`."""
    unknown = sorted({query.label for query in queries} - {*labels, OTHER})
    if unknown:
        raise InvalidInput(
            f"the gallery does not know {', '.join(unknown)}; expected one of "
            f"{', '.join(sorted(labels))}, or {OTHER!r} for what no class of it shows"
        )


def judge(
    queries: Sequence[LabelledImage],
    classify: Classify,
    text_label: TextLabel,
    *,
    workers: int = 1,
    progress: bool = True,
    refusals: tuple[type[Exception], ...] = (InvalidInput,),
) -> list[Judged]:
    """Asks `classify` about every query, at most `workers` at once; results in the queries' order.

    An exception among `refusals`, and a file that cannot be read, become that query's `error`. Any
    other ends the run with a note of the query it met: figures over a failing model mean nothing.
    """
    with (
        ThreadPoolExecutor(max_workers=workers) as pool,
        tqdm(total=len(queries), unit="image", disable=not progress) as bar,
    ):
        asked = [pool.submit(_judge_one, one, classify, text_label, refusals) for one in queries]
        judged = []
        try:
            for future in asked:
                judged.append(future.result())
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return judged


def evaluate(
    root: Path,
    out: Path,
    classify: Classify,
    text_label: TextLabel,
    *,
    labels: Collection[str],
    images: Path | None,
    facts: Mapping[str, str],
    workers: int = 1,
    progress: bool = True,
    refusals: tuple[type[Exception], ...] = (InvalidInput,),
) -> tuple[list[Judged], Metrics]:
    """Judges the queries under `root`; writes the figures and the report.

    `out` then holds metrics.json, metrics_per_class.csv and report.html.

    `labels` are the gallery's, `images` the folder its image ids are relative to where it is at
    hand, `facts` what the run was made with (encoder, options, ...), kept in the files. Raises
    InvalidInput for queries that cannot be judged at all, each of them refused included.
    """
    queries = find_images(root)
    check_labels(queries, labels)
    start = time.perf_counter()
    judged = judge(
        queries, classify, text_label, workers=workers, progress=progress, refusals=refusals
    )
    metrics = summarise(judged, time.perf_counter() - start)
    if len(metrics.failed) == len(judged):
        first = metrics.failed[0]
        raise InvalidInput(f"no query could be answered; the first, {first.path}: {first.error}")
    rows = per_class(judged, labels)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "metrics.json", metrics, facts)
    write_per_class(out / "metrics_per_class.csv", rows)
    write_report(
        out / "report.html", judged, metrics, rows=rows, queries=root, images=images, facts=facts
    )
    return judged, metrics


def _judge_one(
    query: LabelledImage,
    classify: Classify,
    text_label: TextLabel,
    refusals: tuple[type[Exception], ...],
) -> Judged:
    try:
        image = query.path.read_bytes()
    except OSError as error:  # around the read alone: a lost connection is an OSError as well
        return Judged(query.id, query.label, None, error=f"cannot be read: {error.strerror}")
    try:
        outcome = classify(image)
    except refusals as error:
        return Judged(query.id, query.label, None, error=str(error) or type(error).__name__)
    except Exception as error:
        error.add_note(f"while evaluating {query.id}")
        raise
    if not math.isfinite(outcome.score):
        raise ModelFailed(f"{query.id} scored {outcome.score}; expected a finite number")
    nearest = max(outcome.candidates, key=lambda candidate: candidate.visual, default=None)
    return Judged(
        query.id,
        query.label,
        outcome,
        visual_label="" if nearest is None else nearest.label,
        text_label=text_label(outcome.lines) if outcome.lines else "",
    )
