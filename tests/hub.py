"""A stand-in for the Hugging Face hub over HTTP: one model, with the routes a download takes."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.web import Quiet, serving

MODEL, COMMIT = "someone/encoder", "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What is served, how it misbehaves, and what it was asked for."""

    files: dict[str, bytes]
    url: str = ""
    cut: dict[str, int] = field(default_factory=dict)  # file -> bytes sent before it hangs up, once
    damage: set[str] = field(default_factory=set)  # files sent with one byte changed
    ranges: list[tuple[str, str]] = field(default_factory=list)  # (file, Range header) asked for
    sent: list[str] = field(default_factory=list)


@contextmanager
def serve_hub(checkpoint: Path) -> Iterator[Hub]:
    """Serves the files of `checkpoint` as `MODEL` on a free loopback port."""
    hub = Hub({path.name: path.read_bytes() for path in checkpoint.iterdir() if path.is_file()})
    handler = type("Handler", (_Handler,), {"hub": hub})
    with serving(handler) as hub.url:
        yield hub


def is_large(name: str) -> bool:
    """Kept by the hub in LFS, with a SHA-256; other files have git's SHA-1 only."""
    return name.endswith(".safetensors")


def digest(name: str, data: bytes) -> str:
    if is_large(name):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class _Handler(Quiet, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        if re.fullmatch(rf"/api/models/{MODEL}/revision/(main|{COMMIT})", path):
            self._send(200, json.dumps(_description(self.hub)).encode(), {}, body)
            return
        file = re.fullmatch(rf"/{MODEL}/resolve/{COMMIT}/(.+)", path)
        if file is None or file[1] not in self.hub.files:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
            return
        self._send_file(file[1], body)

    def _send_file(self, name: str, body: bool) -> None:
        data = self.hub.files[name]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(name, data)}"'}
        start = 0
        if body and (asked := self.headers.get("Range")):
            self.hub.ranges.append((name, asked))
            start = int(asked.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if name in self.hub.damage:
            data = data[:-1] + bytes([data[-1] ^ 1])
        if body:
            self.hub.sent.append(name)
        kept = self.hub.cut.pop(name, None) if body else None
        self._send(206 if start else 200, data[start:], headers, body, kept)

    def _send(
        self, code: int, data: bytes, headers: dict[str, str], body: bool, kept: int | None = None
    ) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data[:kept])
        if kept is not None:
            self.close_connection = True


def _description(hub: Hub) -> dict[str, Any]:
    return {"id": MODEL, "sha": COMMIT, "siblings": [
        {"rfilename": name, "size": len(data), "blobId": digest("", data)}
        | ({"lfs": {"size": len(data), "sha256": digest(name, data), "pointerSize": 134}}
           if is_large(name) else {})
        for name, data in hub.files.items()
    ]}  # fmt: skip
