"""Locust users that classify images over vislex_client; docs/loadtest.md says how to run them.

Closed loop: a user waits for its answer, then sends again. Open loop: each user is a stream of
arrivals that does not wait, and a request's time counts from the moment it was meant to be sent.
"""

import time
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Pool
from grpc.experimental import gevent as grpc_gevent
from locust import LoadTestShape, User, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner
from vislex_client import VislexError
from vislex_client.pace import CALLS_A_CORE

from loadtest.arrivals import Arrivals
from loadtest.outcomes import CLASSIFY, Thresholds, Totals, outcome_of
from loadtest.payloads import Payload, endless, read_folder
from loadtest.serve import LONGEST_S, connect
from loadtest.shapes import SHAPES, users_at
from vislex.config import usable_cores

grpc_gevent.init_gevent()  # before any channel; Locust has patched everything else by now

_SAMPLES = Path(__file__).parents[1] / "samples" / "queries"
_MOST_WAITING = (
    256  # requests of one open-loop user; beyond it, sending itself is late, and counted
)
_SEEDS = 100_000  # for each worker process
_TYPE = "gRPC"


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    add = parser.add_argument
    add("--images", default=str(_SAMPLES), help="folder of images to send")
    add("--broken", type=float, default=0.0, help="share of broken images mixed in (0..1)")
    add("--shape", choices=SHAPES, default="steady")
    add("--duration-seconds", "--duration", type=float, default=60.0, help="of the whole shape")
    add(
        "--peak",
        type=int,
        default=CALLS_A_CORE * usable_cores(),
        help="users at the shape's highest (default: %(default)s, 2 a core)",
    )
    add(
        "--arrivals",
        choices=("closed", "poisson", "even"),
        default="closed",
        help="closed: a user waits for its answer; else it sends at --rate anyway",
    )
    add("--rate", type=float, default=1.0, help="requests a second of each open-loop user")
    add("--may-shed", action="store_true", help="requests turned away at once are no failures")
    add("--max-p50-ms", type=float)
    add("--max-p99-ms", type=float)
    add("--max-failures", type=float, default=0.0, help="share of classified images (0..1)")
    add("--min-rate", type=float, help="classified images a second")


@events.init.add_listener
def wait_for_answers(environment: Environment, **_: Any) -> None:
    """At the end, what was sent is waited for: without it, the slowest answers would not count."""
    environment.stop_timeout = LONGEST_S


class Shape(LoadTestShape):
    """The number of users over time, by `--shape`, `--peak` and `--duration-seconds`."""

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None  # Locust sets it before the first tick
        options: Any = self.runner.environment.parsed_options
        users = users_at(options.shape, self.get_run_time(), options.peak, options.duration_seconds)
        return None if users is None else (users, float(options.peak))


class Classifier(User):
    """One client, or one stream of arrivals."""

    wait_time = constant(0)
    _count = 0  # of users of this process so far, so that each draws images of its own

    def on_start(self) -> None:
        Classifier._count += 1
        seed = Classifier._count + _SEEDS * getattr(self.environment.runner, "worker_index", 0)
        options: Any = self.environment.parsed_options
        self._client = connect(self.host or "localhost:8001")
        self._closed, self._may_shed = options.arrivals == "closed", options.may_shed
        payloads = read_folder(Path(options.images))
        self._payloads = endless(payloads, seed, options.broken)
        poisson = options.arrivals == "poisson"
        self._moments = iter(Arrivals(options.rate, poisson, seed))
        self._started = time.perf_counter()
        self._sent = Pool(_MOST_WAITING)

    def on_stop(self) -> None:
        self._sent.join()
        self._client.close()

    @task
    def send(self) -> None:
        if self._closed:
            self._ask(next(self._payloads), time.perf_counter())
            return
        intended = self._started + next(self._moments)
        gevent.sleep(max(0.0, intended - time.perf_counter()))
        self._sent.spawn(self._ask, next(self._payloads), intended)

    def _ask(self, payload: Payload, intended: float) -> None:
        error: VislexError | None = None
        try:
            self._client.classify(payload.data)
        except VislexError as failed:
            error = failed
        outcome = outcome_of(payload.broken, error, may_shed=self._may_shed)
        self.environment.events.request.fire(
            request_type=_TYPE,
            name=outcome.name,
            response_time=1000 * (time.perf_counter() - intended),
            response_length=0,
            exception=outcome.failure,
            context={},
        )


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Sets the exit code by the thresholds, and says which were not kept."""
    if isinstance(environment.runner, WorkerRunner):
        return  # the master has everyone's statistics
    options: Any = environment.parsed_options
    line = environment.stats.get(CLASSIFY, _TYPE)
    thresholds = Thresholds(
        options.max_p50_ms, options.max_p99_ms, options.max_failures, options.min_rate
    )
    p50_ms, p99_ms = (line.get_response_time_percentile(q) or 0.0 for q in (0.5, 0.99))
    found = Totals(line.num_requests, line.num_failures, line.total_rps, p50_ms, p99_ms)
    broken = thresholds.broken_by(found) + _wrong_elsewhere(environment)
    environment.process_exit_code = 1 if broken else 0
    for words in broken:
        print(f"threshold: {words}")


def _wrong_elsewhere(environment: Environment) -> list[str]:
    """Failures of other lines: broken images that were not refused, requests that were shed."""
    lines = environment.stats.entries.values()
    return [
        f"{line.num_failures} of {line.num_requests} failed: {line.name}"
        for line in lines
        if line.name != CLASSIFY and line.num_failures
    ]
