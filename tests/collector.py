"""A stand-in for an OpenTelemetry collector: takes OTLP over HTTP, as JSON, and remembers it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Triton's exporter stops after a connection that is closed

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            collector.bodies.append(self.rfile.read(length))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass  # not on the test's output

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        collector.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
        try:
            yield collector
        finally:
            server.shutdown()
