"""A benchmark's report as tables for a terminal, or for a code block."""

from collections.abc import Iterator, Sequence

from loadtest.figures import Goal, Ratio
from loadtest.lookup import Lookup
from loadtest.measure import Serving
from loadtest.report import Report
from loadtest.served import Memory, OpenLoop, Served
from loadtest.split import IDLE, OTHERS, ModelCounts


def render(report: Report) -> str:
    """Everything that was measured, goals first."""
    serving = report.serving
    return "\n\n".join(
        [
            _head(report),
            table(
                ("goal", "", "measured", "met"),
                [
                    (g.name, f"{g.bound} {g.goal:g}", _number(g.measured), _met(g))
                    for g in report.goals
                ],
            ),
            table(
                ("ratio of paired runs", "median", "least", "most", "pairs"),
                [_ratio_row(name, ratio) for name, ratio in _ratios(report)],
            ),
            _each_model(serving),
            table(
                ("clients", "img/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms/img", "memory MB"),
                [_served_row(run) for run in serving.served],
            ),
            *_splits(serving.served),
            table(
                ("look-up in", "float32 ms", "float16 ms", "cells ms", "recall", "GB"),
                [_lookup_row(one) for one in report.lookups],
            ),
            table(
                ("open loop", "img/s", "p50 ms", "p99 ms", "p99 / p50", "of one queue"),
                [_open_row(one) for one in serving.open_loops],
            ),
            _memory(serving.memory),
        ]
    )


def _head(report: Report) -> str:
    machine = report.machine
    return (
        f"{report.date}, commit {machine.commit}\n$ {report.command}\n"
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gb} GB, load average before:"
        f" {machine.load_before}\n"
        f"{', '.join(f'{name} {found}' for name, found in machine.packages.items())}\n"
        f"{report.images} images of {report.megapixels:.1f} megapixels; models on {report.engine}"
    )


def _each_model(serving: Serving) -> str:
    rows = [
        (name, _number(serving.alone_ms.get(name), "-"), _number(ms))
        for name, ms in serving.over_grpc_ms.items()
    ]
    total = _number(sum(serving.alone_ms.values()))
    return table(
        ("ms of an image", "in process", "over gRPC"),
        [
            *rows,
            ("the models alone, in a row", total, "-"),
            ("the libraries, in a row", _number(serving.library_ms), "-"),
        ],
    )


def _splits(served: Sequence[Served]) -> Iterator[str]:
    for run in served:
        if run.split is not None:
            rows = [(f"{'  ' if p.within else ''}{p.name}", f"{p.ms:.1f}") for p in run.split]
            whole = sum(part.ms for part in run.split if part.within is None)
            yield table(
                ("one request alone", "ms"), [*rows, ("as its client saw it", f"{whole:.1f}")]
            )
    busiest = max(served, key=lambda run: run.images_per_s)
    at = f"at {busiest.concurrency} clients"
    used = sorted(busiest.cpu_ms_per_image.items(), key=lambda one: -one[1])
    rows = [(name, f"{ms:.1f}") for name, ms in used]
    whole = sum(busiest.cpu_ms_per_image.values())
    yield table((f"CPU of an image {at}", "ms"), [*rows, ("what the cores gave", f"{whole:.1f}")])
    yield table(
        (f"model {at}", "requests", "average batch", "queue ms", "compute ms"),
        [_model_row(name, one) for name, one in busiest.models.items()],
    )


def _memory(memory: Memory) -> str:
    return (
        f"memory over {memory.requests} requests: {memory.first_mb:.0f} MB, then"
        f" {memory.last_mb:.0f} MB, growing {memory.growth_mb_per_1000:.1f} MB per 1000"
    )


def _ratios(report: Report) -> list[tuple[str, Ratio]]:
    return [
        ("served, saturated / models alone, in a row", report.serving.over_raw),
        ("served, saturated / models alone, crops side by side", report.serving.over_spread),
        ("served, one at a time / libraries", report.serving.over_library),
        ("OCR stage / RapidOCR", report.reading.speed),
        *((f"so400m {one.variant} / study", one.served_over_study) for one in report.full_size),
    ]


def _ratio_row(name: str, ratio: Ratio) -> tuple[str, ...]:
    return (name, f"{ratio.value:.2f}", f"{ratio.least:.2f}", f"{ratio.most:.2f}", str(ratio.pairs))


def _served_row(run: Served) -> tuple[str, ...]:
    took, used = run.latency, _own_ms(run)
    times = (f"{ms:.0f}" for ms in (took.p50_ms, took.p95_ms, took.p99_ms, used))
    return (str(run.concurrency), f"{run.images_per_s:.2f}", *times, f"{run.memory_mb:.0f}")


def _own_ms(run: Served) -> float:
    return sum(ms for name, ms in run.cpu_ms_per_image.items() if name not in (IDLE, OTHERS))


def _model_row(name: str, one: ModelCounts) -> tuple[str, ...]:
    times = (f"{one.queue_ms:.1f}", f"{one.compute_ms:.1f}")
    return (name, str(one.requests), f"{one.average_batch:.2f}", *times)


def _open_row(one: OpenLoop) -> tuple[str, ...]:
    took = one.latency
    times = (f"{ms:.0f}" for ms in (took.p50_ms, took.p99_ms))
    ratios = (f"{one.p99_over_p50:.2f}", f"{one.of_one_queue:.2f}")
    name = f"{one.arrivals} arrivals, {one.share:.0%} of saturation"
    return (name, f"{one.images_per_s:.2f}", *times, *ratios)


def _lookup_row(one: Lookup) -> tuple[str, ...]:
    found = (one.exact_ms, one.half_ms, one.approximate_ms, one.recall, one.gigabytes)
    return (f"{one.vectors:,}", *(_number(value, "-") for value in found))


def _number(value: float | None, absent: str = "not measured") -> str:
    return absent if value is None else f"{value:.2f}"


def _met(goal: Goal) -> str:
    return {True: "met", False: "NOT met", None: "-"}[goal.met]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in (head, *rows)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
