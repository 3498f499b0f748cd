"""The gateway's own metrics, in Prometheus' text format, beside Triton's."""

from collections import Counter
from dataclasses import dataclass, field

# From a cheap call on a GPU to the longest a client should wait.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass
class GatewayMetrics:
    """Counts since the start; changed only by the event loop's thread."""

    by_code: Counter[str] = field(default_factory=Counter)
    durations: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    duration_sum_s: float = 0.0
    shed: int = 0
    restarts: int = 0
    restarts_by_calls: int = 0

    def record(self, code: str, seconds: float) -> None:
        """One inference call has ended with gRPC code `code`."""
        self.by_code[code] += 1
        self.duration_sum_s += seconds
        bucket = sum(seconds > bound for bound in BUCKETS_S)
        self.durations[bucket] += 1

    def text(self, *, in_flight: int, ready: bool, quarantined: int = 0) -> str:
        """Every family, as one scrape answers it."""
        codes = [f'{{code="{code}"}} {count}' for code, count in sorted(self.by_code.items())]
        return "".join(
            [
                _family("vislex_requests_total", "counter", "Inference calls by gRPC code", codes),
                _family("vislex_requests_in_flight", "gauge", "Calls inside the server, those whose"
                        " client has gone among them", [f" {in_flight}"]),
                _family("vislex_request_duration_seconds", "histogram", "From a call's arrival to"
                        " its answer", self._histogram()),
                _family("vislex_requests_shed_total", "counter", "Calls turned away because all"
                        " slots were taken", [f" {self.shed}"]),
                _family("vislex_server_restarts_total", "counter", "Times the model server was"
                        " started again", [f" {self.restarts}"]),
                _family("vislex_server_restarts_by_calls_total", "counter", "Of those, the times it"
                        " ended with calls inside", [f" {self.restarts_by_calls}"]),
                _family("vislex_requests_quarantined_total", "counter", "Calls refused because"
                        " ones like them ended the model server", [f" {quarantined}"]),
                _family("vislex_ready", "gauge", "1 while the server is ready for calls",
                        [f" {int(ready)}"]),
            ]
        )  # fmt: skip

    def _histogram(self) -> list[str]:
        lines, total = [], 0
        for bound, count in zip((*BUCKETS_S, "+Inf"), self.durations, strict=True):
            total += count
            lines.append(f'_bucket{{le="{bound}"}} {total}')
        return [*lines, f"_sum {self.duration_sum_s:.6f}", f"_count {total}"]


def _family(name: str, kind: str, words: str, samples: list[str]) -> str:
    head = f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
    return head + "".join(f"{name}{sample}\n" for sample in samples)
