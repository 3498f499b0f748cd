"""What an evaluation makes of a server's answer, which holds no embedding."""

from typing import Any, cast

import numpy as np
from vislex_client import Client

from index_builder.evaluation.classifiers import served_classifier, served_sight
from index_builder.evaluation.judged import Answer
from tests.unit.index_builder.outcomes import answer, gallery_of
from vislex.screens.classify import Classification
from vislex.screens.options import Options

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


def test_the_text_alone_is_compared_with_the_whole_gallery() -> None:
    found = ask(answer("a", text="花呗账单"))
    assert (found.text_label, found.observed) == ("b", None)


def test_sight_asks_for_the_nearest_image_and_nothing_else() -> None:
    client = Served(answer("b"))
    assert served_sight(cast(Client, client))(b"image") == "b"
    assert client.asked == [
        {"alpha": 1.0, "top_k": 1, "read": False, "ranking": "study", "decide": False}
    ]


def test_text_alone_says_nothing_where_nothing_was_read_or_nothing_is_alike() -> None:
    assert ask(answer("a", text="")).text_label == ""
    assert ask(answer("a", text="0123")).text_label == ""


def test_a_server_is_asked_with_the_options_of_the_run() -> None:
    client = Served(answer("a"))
    served_classifier(cast(Client, client), Options(alpha=0.3, top_k=7), GALLERY)(b"image")
    assert client.asked == [
        {"alpha": 0.3, "top_k": 7, "read": True, "ranking": "both", "decide": True}
    ]
