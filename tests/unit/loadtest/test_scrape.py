"""Reading Prometheus' text format; the pages below follow its specification."""

import pytest

from loadtest.scrape import parse

PAGE = r"""
# HELP requests_total Answers.
# TYPE requests_total counter
requests_total{model="ocr",version="1"} 7
requests_total{model="match",version="1"} 3
up 1
seconds_bucket{le="+Inf",text="a \"quoted\" \\n, {brace}\n"} 2.5e-1
"""


def test_totals_add_up_over_the_labels_that_were_not_named() -> None:
    samples = parse(PAGE)
    assert samples.total("requests_total") == 10
    assert samples.total("requests_total", model="ocr") == 7
    assert samples.total("requests_total", model="none") == 0
    assert samples.total("up") == 1


def test_escapes_in_labels_are_undone() -> None:
    assert parse(PAGE).total("seconds_bucket", text='a "quoted" \\n, {brace}\n') == 0.25


def test_the_difference_of_two_scrapes() -> None:
    grown = parse("a 5\nb 2").since(parse("a 3"))
    assert (grown.total("a"), grown.total("b")) == (2, 2)


def test_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="<html>"):
        parse("<html>")
