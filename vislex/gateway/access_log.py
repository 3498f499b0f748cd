"""One line for each call: who asked for what, how it ended, how long it took. Never its content."""

import json
import logging
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

REQUESTS = logging.getLogger("vislex.requests")


@dataclass
class Record:
    """What is known of one call; filled in as it goes along."""

    id: str = ""
    model: str = ""
    code: str = "CANCELLED"  # what it is when nothing else is said: the client has gone
    reason: str = ""  # why it was refused, "" for an answer
    milliseconds: float = 0.0
    request_bytes: int = 0
    answer_bytes: int = 0
    peer: str = ""
    traceparent: str = ""
    notes: dict[str, Any] = field(default_factory=dict)  # what the stages say of it

    def write(self) -> None:
        known = asdict(self)
        fields = {
            name: value for name, value in (known | known.pop("notes")).items() if value != ""
        }
        words = " ".join(f"{name}={_plain(value)}" for name, value in fields.items())
        REQUESTS.info(words, extra={"fields": {"event": "request", **fields}})


def _plain(value: object) -> str:
    """A value that cannot be taken for another field or another line."""
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None) or {"event": record.getMessage()}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = {"time": f"{stamp}.{record.msecs:03.0f}Z", "level": record.levelname.lower()}
        return json.dumps({**head, **fields}, ensure_ascii=False)


def set_up_logging(log_format: str) -> None:
    """Everything this process logs goes to standard error, as text or JSON."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(_Json() if log_format == "json" else text)
    log = logging.getLogger("vislex")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
