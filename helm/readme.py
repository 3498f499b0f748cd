"""The table of values in the chart's README, made from the comments of values.yaml.

The comments follow helm-docs: `# --` and a description above the value. `python helm/readme.py`
writes the table between its marks; a test holds the README to it.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parent / "vislex"
BEGIN, END = "<!-- values: made by helm/readme.py -->\n", "<!-- end of values -->\n"
_DESCRIPTION = re.compile(r"^ *# -- (.+)$")
_KEY = re.compile(r"^( *)([A-Za-z][\w-]*):")


@dataclass(frozen=True)
class Value:
    """One documented value: its dotted path, default and description."""

    path: str
    default: Any
    description: str


def read_values(text: str) -> list[Value]:
    """Every value of a values.yaml that a `# --` comment describes, in order.

    Raises ValueError where such a comment stands above no key.
    """
    defaults = yaml.safe_load(text)
    found, description = [], None
    for path, line in _walk(text):
        comment = _DESCRIPTION.match(line)
        if comment:
            description = comment[1]
        elif path and description:
            found.append(Value(".".join(path), _at(defaults, path), description))
            description = None
        elif description:
            raise ValueError(f"the comment {description!r} stands above no value")
    return found


def table(values: list[Value]) -> str:
    """A Markdown table of values."""
    rows = [f"| `{one.path}` | `{json.dumps(one.default)}` | {one.description} |" for one in values]
    return "\n".join(["| Value | Default | |", "|---|---|---|", *rows]) + "\n"


def with_table(readme: str, made: str) -> str:
    """The README with its table replaced. Raises ValueError where the marks are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks the marks {BEGIN!r} and {END!r}")
    return before + BEGIN + made + END + after


def _walk(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each line with the path of the key that it begins; an empty path where it begins none."""
    path: list[str] = []
    for line in text.splitlines():
        key = _KEY.match(line)
        if key is None:
            yield (), line
            continue
        path = [*path[: len(key[1]) // 2], key[2]]
        yield tuple(path), line


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values


def main() -> int:
    readme = CHART / "README.md"
    made = table(read_values((CHART / "values.yaml").read_text(encoding="utf-8")))
    readme.write_text(with_table(readme.read_text(encoding="utf-8"), made), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
