"""A stand-in for an OpenTelemetry collector: takes OTLP over HTTP, as JSON, and remembers it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.web import Quiet, serving


@dataclass
class Collector:
    """Where it listens and what it was sent."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self, trace: str) -> dict[str, dict[str, Any]]:
        """The spans of one trace by name; `compute`, of which there are many, among them once."""
        return {
            span["name"]: span
            for body in list(self.bodies)
            for resource in json.loads(body)["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
            if span["traceId"] == trace
        }


@contextmanager
def run_collector() -> Iterator[Collector]:
    """Listens on a free loopback port."""
    collector = Collector()

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Triton's exporter stops after a connection that is closed

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            collector.bodies.append(self.rfile.read(length))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as url:
        collector.url = f"{url}/v1/traces"
        yield collector
