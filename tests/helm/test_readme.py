"""The chart's README lists the values there are, with their defaults."""

from pathlib import Path

import pytest
import yaml

from helm.readme import BEGIN, END, read_values, table, with_table
from tests.helm.chart import CHART

VALUES = (CHART / "values.yaml").read_text(encoding="utf-8")


def test_the_readme_lists_the_values_there_are() -> None:
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    made = with_table(readme, table(read_values(VALUES)))
    assert readme == made, "values.yaml changed: run `make chart-readme`"


def test_every_value_is_described() -> None:
    described = {one.path for one in read_values(VALUES)}
    free = ("ci", "galleries")  # their parts are not values of the chart
    for path in leaves(yaml.safe_load(VALUES)):
        above = {path.rsplit(".", cut)[0] for cut in range(1, path.count(".") + 1)}
        assert ({path} | above) & described or path.startswith(free), path


def leaves(values: object, path: str = "") -> list[str]:
    if not isinstance(values, dict) or not values:
        return [path]
    found: list[str] = []
    for key, value in values.items():
        found += leaves(value, f"{path}.{key}" if path else key)
    return found


def test_a_value_is_read_with_its_path_default_and_words() -> None:
    text = "a:\n  # -- What b is.\n  b: 3\n# -- What c is.\nc: [x]\nd: 1\n"
    assert [(one.path, one.default, one.description) for one in read_values(text)] == [
        ("a.b", 3, "What b is."),
        ("c", ["x"], "What c is."),
    ]


def test_a_comment_over_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="What b is"):
        read_values("# -- What b is.\n\na: 1\n")


def test_a_readme_without_marks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_table("# README\n", "")
    assert with_table(f"a\n{BEGIN}old\n{END}b\n", "new\n") == f"a\n{BEGIN}new\n{END}b\n"
