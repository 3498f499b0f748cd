"""What an evaluation makes of a server's answer, which holds no embedding."""

from typing import Any, cast

import numpy as np
from vislex_client import Client

from index_builder.classifiers import served_classifier
from index_builder.judged import Answer
from tests.unit.outcomes import answer, gallery_of
from vislex.classify import Candidate, Classification
from vislex.config import Options

A, B = np.eye(2, dtype=np.float32)
GALLERY = gallery_of([("a", A, ["微信支付"]), ("b", B, ["花呗账单"])])


class Served:
    """A client that remembers what it was asked and answers what it was given."""

    def __init__(self, outcome: Classification) -> None:
        self.outcome = outcome
        self.asked: list[dict[str, Any]] = []

    def classify(self, image: bytes, **options: Any) -> Classification:
        self.asked.append(options)
        return self.outcome


def ask(outcome: Classification) -> Answer:
    return served_classifier(cast(Client, Served(outcome)), Options(), GALLERY)(b"image")


def test_the_visually_nearest_candidate_stands_for_the_nearest_neighbour() -> None:
    candidates = (
        Candidate("a/0.png", "a", 0.4, 0.9, 0.7),
        Candidate("b/1.png", "b", 0.6, 0.1, 0.4),
    )
    found = ask(answer("a", *candidates, text="花呗账单"))
    assert (found.visual_label, found.text_label, found.observed) == ("b", "b", None)
    assert ask(answer("a")).visual_label == ""


def test_text_alone_says_nothing_where_nothing_was_read_or_nothing_is_alike() -> None:
    assert ask(answer("a", text="")).text_label == ""
    assert ask(answer("a", text="0123")).text_label == ""


def test_a_server_is_asked_with_the_options_of_the_run() -> None:
    client = Served(answer("a"))
    served_classifier(cast(Client, client), Options(alpha=0.3, top_k=7), GALLERY)(b"image")
    assert client.asked == [
        {"alpha": 0.3, "top_k": 7, "read": True, "ranking": "both", "decide": True}
    ]
