"""The flags of `serve`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from vislex.cli import count, seconds
from vislex.errors import InvalidOption
from vislex.gateway.tls import Tls
from vislex.live.settings import parse_galleries
from vislex.network.addresses import bare, is_web_url
from vislex.serving.ports import Ports
from vislex.serving.server import LOOPBACK, READY_TIMEOUT_S
from vislex.serving.settings import Restarts, Settings


def add_flags(serve: argparse.ArgumentParser) -> None:
    for add_group in (_add_content, _add_access, _add_lifetime, _add_records):
        add_group(serve.add_argument)


def _add_content(add: Callable[..., object]) -> None:
    """What is served, and what callers may ask of it."""
    add("--repository", type=Path, required=True, metavar="DIR", help="a written model repository")
    add(
        "--gallery",
        action="append",
        default=[],
        metavar="[NAME=]DIR",
        help="may be given several times; the first is the default",
    )
    add(
        "--start-without-missing-galleries",
        action="store_true",
        help="go on where there is no gallery at a DIR; it is served once there is one",
    )
    add(
        "--open-models",
        action="store_true",
        help="callers may ask single models too, as `vislex-index build --url` does",
    )
    add(
        "--cache-mb",
        type=int,
        default=0,
        metavar="N",
        help="memory for what the models answered to inputs seen before (default: none)",
    )


def _add_access(add: Callable[..., object]) -> None:
    """Where the server listens, and to whom."""
    add(
        "--host",
        default=LOOPBACK,
        help="address of the ports; 0.0.0.0 for all of IPv4, :: for all (default: %(default)s)",
    )
    add("--grpc-port", type=int, default=8001, help="0: any free one")
    add("--http-port", type=int, default=8000, help="health; 0: any free one")
    add("--metrics-port", type=int, default=8002, help="0: any free one")
    add("--tls-cert", type=Path, metavar="FILE", help="PEM; with --tls-key, gRPC speaks TLS")
    add("--tls-key", type=Path, metavar="FILE")
    add("--tls-client-ca", type=Path, metavar="FILE", help="clients need a certificate of it")
    add("--token-file", type=Path, metavar="FILE", help="bearer tokens, one a line")
    add("--open-health", action="store_true", help="gRPC health calls need no token")


def _add_lifetime(add: Callable[..., object]) -> None:
    """How much and how long: calls, the start, the end."""
    add(
        "--max-in-flight",
        type=count,
        default=0,
        metavar="N",
        help="calls inside the server at once; more are turned away (default: 4 a core)",
    )
    add(
        "--max-seconds",
        type=seconds,
        default=60.0,
        metavar="S",
        help="the longest deadline of a call, and that of one without (default: %(default)s)",
    )
    add(
        "--ready-seconds",
        type=seconds,
        default=READY_TIMEOUT_S,
        metavar="S",
        help="how long the server may take to load its models (default: %(default)s)",
    )
    add(
        "--drain-seconds",
        type=seconds,
        default=30.0,
        metavar="S",
        help="how long calls may finish after SIGTERM (default: %(default)s)",
    )
    add(
        "--grace-seconds",
        type=seconds,
        default=3.0,
        metavar="S",
        help="of those, how long new calls are still taken (default: %(default)s)",
    )
    add(
        "--restarts",
        type=count,
        default=Restarts.at_most,
        metavar="N",
        help="give up when it dies more often by itself in 10 minutes (default: %(default)s)",
    )


def _add_records(add: Callable[..., object]) -> None:
    """What the server writes down of itself."""
    add("--log", type=Path, metavar="FILE", help="Triton's log; -: standard error")
    add("--log-format", choices=("text", "json"), default="text")
    add(
        "--otlp",
        type=_otlp,
        default="",
        metavar="URL",
        help="send traces there: OTLP over HTTP, such as http://collector:4318/v1/traces",
    )
    add(
        "--trace-rate",
        type=count,
        default=100,
        metavar="N",
        help="trace one call of N (default: %(default)s)",
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """Raises InvalidOption for a port that is none, and where flags do not go together."""
    return Settings(
        repository=options.repository,
        galleries=parse_galleries(options.gallery),
        without_missing=options.start_without_missing_galleries,
        host=bare(options.host),
        ports=Ports(options.grpc_port, options.http_port, options.metrics_port),
        max_in_flight=options.max_in_flight,
        longest_s=options.max_seconds,
        ready_timeout_s=options.ready_seconds,
        tls=_tls(options),
        token_file=options.token_file,
        open_health=options.open_health,
        drain_s=options.drain_seconds,
        grace_s=options.grace_seconds,
        log=options.log,
        log_format=options.log_format,
        restarts=Restarts(at_most=options.restarts),
        otlp=options.otlp,
        trace_rate=options.trace_rate,
        open_models=options.open_models,
        cache_mb=options.cache_mb,
    )


def _otlp(word: str) -> str:
    if "[" in word:  # it takes what stands before the first colon for the host
        raise argparse.ArgumentTypeError(
            f"{word} has an IPv6 address, which Triton's exporter cannot read; name the host"
        )
    if word and not is_web_url(word):  # the default is ""
        raise argparse.ArgumentTypeError(
            f"{word!r} is not a URL; expected one such as http://collector:4318/v1/traces"
        )
    return word


def _tls(options: argparse.Namespace) -> Tls | None:
    if bool(options.tls_cert) != bool(options.tls_key):
        raise InvalidOption("--tls-cert and --tls-key go together; one of them is missing")
    if options.tls_client_ca and not options.tls_cert:
        raise InvalidOption("--tls-client-ca needs --tls-cert and --tls-key")
    if not options.tls_cert:
        return None
    return Tls(options.tls_cert, options.tls_key, options.tls_client_ca)
