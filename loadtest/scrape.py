"""A server's `/metrics` as numbers, and what changed between two looks at them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vislex.network.direct import open_url

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Key = tuple[str, frozenset[tuple[str, str]]]  # a sample's name and labels


@dataclass(frozen=True)
class Samples:
    """Every sample of one scrape, or of the difference of two."""

    values: Mapping[Key, float]

    def total(self, name: str, **labels: str) -> float:
        """Sum over the samples of that name which carry all of these labels; 0 without any."""
        wanted = labels.items()
        return sum(v for (n, found), v in self.values.items() if n == name and wanted <= found)

    def since(self, earlier: "Samples") -> "Samples":
        """What counters and histograms grew by; a sample that is new grew from 0."""
        return Samples({k: v - earlier.values.get(k, 0.0) for k, v in self.values.items()})


def scrape(url: str, timeout_s: float = 10.0) -> Samples:
    """Reads a Prometheus text page. Raises OSError where none answers."""
    with open_url(url, timeout_s) as page:
        return parse(page.read().decode())


def parse(page: str) -> Samples:
    """Reads the Prometheus text format (version 0.0.4); raises ValueError on any other line."""
    values: dict[Key, float] = {}
    for line in page.splitlines():
        if not line or line.startswith("#"):
            continue
        sample = _SAMPLE.match(line)
        if sample is None:
            raise ValueError(f"not a sample of the Prometheus text format: {line[:120]!r}")
        labels = _LABEL.findall(sample["labels"] or "")
        key = (sample["name"], frozenset((name, _unescape(value)) for name, value in labels))
        values[key] = float(sample["value"])
    return Samples(values)


def _unescape(value: str) -> str:
    return re.sub(r'\\[\\"n]', lambda found: _ESCAPES[found[0]], value)
