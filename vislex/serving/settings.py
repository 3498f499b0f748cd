"""What `serve` was asked for, frozen."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from urllib.parse import urlsplit

from vislex.config import usable_cores
from vislex.contract.models import MODELS
from vislex.errors import InvalidOption, RepositoryError
from vislex.gateway.accepted import Accepted
from vislex.gateway.health import Patience
from vislex.gateway.tls import Tls
from vislex.infer.pbtxt import read_configs
from vislex.serving.ports import ANY_PORTS, Ports
from vislex.serving.server import READY_TIMEOUT_S

_CALLS_A_CORE = 4  # enough to fill a batch while the last one is computed
_LEAST_CALLS, _MOST_CALLS = 8, 192  # below every queue of the model repository (256)


@dataclass(frozen=True)
class Restarts:
    """When to give up restarting a server."""

    at_most: int = 5
    within_s: float = 600.0
    first_wait_s: float = 0.5  # doubled each time
    longest_wait_s: float = 30.0


@dataclass(frozen=True)
class Settings:
    """One launch: what is served, where, to whom and within which bounds."""

    repository: Path
    galleries: Mapping[str, Path]  # by name; the first is the default
    without_missing: bool = False  # start though one of several galleries is not there
    host: str = "127.0.0.1"
    ports: Ports = ANY_PORTS
    max_in_flight: int = 0  # 0: from the number of cores
    longest_s: float = 60.0
    tls: Tls | None = None
    token_file: Path | None = None
    open_health: bool = False
    drain_s: float = 30.0
    grace_s: float = 3.0
    log: Path | None = None
    log_format: str = "text"
    ready_timeout_s: float = READY_TIMEOUT_S
    patience: Patience = field(default_factory=Patience)
    restarts: Restarts = field(default_factory=Restarts)
    otlp: str = ""  # where traces go: an OTLP endpoint over HTTP, ".../v1/traces"
    trace_rate: int = 100  # one of so many calls is traced
    open_models: bool = False  # may callers ask the stages, too, one by one?
    cache_mb: int = 0  # for answers of the models; 0: none

    def slots(self) -> int:
        """Calls inside the server at once. Raises InvalidOption where a queue could overflow."""
        cores = usable_cores()
        wanted = min(max(_CALLS_A_CORE * cores, _LEAST_CALLS), _MOST_CALLS)
        model, places = min(self._queues(), key=itemgetter(1), default=("", sys.maxsize))
        if self.max_in_flight >= places:
            raise InvalidOption(
                f"max_in_flight is {self.max_in_flight}; expected less than {places}, the queue "
                f"size of {model}: a queue that overflows loses memory"
            )
        return self.max_in_flight or min(wanted, places - 1)

    def _queues(self) -> Iterator[tuple[str, int]]:
        """Every bounded queue of the repository: its model and how many requests it holds."""
        for name, config in read_configs(self.repository).items():
            size = config.dynamic_batching.default_queue_policy.max_queue_size
            if size > 0:
                yield name, size

    def accepted(self) -> dict[str, Accepted]:
        """What callers may ask, and with what: the public models; the rest are internal stages.

        A model that the contract does not know is not served.
        """
        configs = read_configs(self.repository)
        return {
            name: Accepted(MODELS[name], 1 if MODELS[name].public else config.max_batch_size)
            for name, config in configs.items()
            if name in MODELS and (MODELS[name].public or self.open_models)
        }

    def canary_models(self) -> tuple[str, ...]:
        """The models that a server has to answer to be ready. Raises RepositoryError for none."""
        there = self.model_names()
        asked = tuple(name for name, model in MODELS.items() if model.canary and name in there)
        if not asked:
            known = ", ".join(name for name, model in MODELS.items() if model.canary)
            raise RepositoryError(
                f"{self.repository} has no model that shows whether it is alive; expected {known}"
            )
        return asked

    def model_names(self) -> frozenset[str]:
        """Every model of the repository."""
        return frozenset(read_configs(self.repository))

    def collector(self) -> str:
        """The host that traces go to; "" for none."""
        return urlsplit(self.otlp).hostname or ""

    def trace_arguments(self) -> tuple[str, ...]:
        """Arguments that make Triton send a span for each call, stage and model run within."""
        if not self.otlp:
            return ()
        settings = (
            "mode=opentelemetry", "level=TIMESTAMPS", f"rate={self.trace_rate}",
            f"opentelemetry,url={self.otlp}", "opentelemetry,resource=service.name=vislex",
        )  # fmt: skip
        return tuple(f"--trace-config={setting}" for setting in settings)
