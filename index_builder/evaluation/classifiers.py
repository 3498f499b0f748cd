"""Classifiers for an evaluation: in this process, or on a server."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from vislex_client import Client

from index_builder.evaluation.judged import Answer, Line
from vislex.gallery.fusion import text_similarity
from vislex.gallery.index import nearest
from vislex.images.observe import Models, observe
from vislex.infer.repository import open_infer
from vislex.ocr.characters import read_characters
from vislex.screens.classify import match
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options

Ask = Callable[[bytes], Answer]


def core_classifier(repository: Path, gallery: Gallery, options: Options) -> Ask:
    """Classifies in this process with the models of a written repository.

    Every text is read, so that one observation serves options that read and options that do not.
    """
    models = Models(open_infer(repository), read_characters(repository), gallery.recipe.dim)
    text_label = _text_labeller(gallery)

    def ask(image: bytes) -> Answer:
        (observed,) = observe([image], models)
        embeddings = observed.embedding[np.newaxis]
        (outcome,) = match(embeddings, [observed.page], [options], gallery)
        row = nearest(gallery.index, embeddings, 1).rows[0, 0]
        text = text_label(observed.page.lines)
        return Answer(outcome, gallery.items.labels[row], text, observed)

    return ask


def served_classifier(client: Client, options: Options, gallery: Gallery) -> Ask:
    """Classifies over gRPC. The label by the image alone is asked separately, by `served_sight`."""
    text_label = _text_labeller(gallery)

    def ask(image: bytes) -> Answer:
        outcome = client.classify(image, **_chosen(options))
        return Answer(outcome, "", text_label(outcome.lines))

    return ask


def served_sight(client: Client) -> Callable[[bytes], str]:
    """The label of the visually nearest gallery image, over gRPC; the server reads nothing."""
    alone = Options(alpha=1.0, top_k=1, read=False, ranking="study", decide=False)
    return lambda image: client.classify(image, **_chosen(alone)).label


def _chosen(options: Options) -> dict[str, Any]:
    """Options as the client takes them: a gallery or a version that is not chosen is not sent."""
    return {name: value for name, value in asdict(options).items() if value != ""}


def _text_labeller(gallery: Gallery) -> Callable[[Sequence[Line]], str]:
    """The label of the gallery image whose text is nearest, over the whole gallery.

    '' where nothing was read, or it is like no text of the gallery.
    """
    texts = [item.text for item in gallery.items]

    def label(lines: Sequence[Line]) -> str:
        if not lines:
            return ""
        scores = text_similarity(" ".join(line.text for line in lines), texts)
        return gallery.items.labels[int(np.argmax(scores))] if scores.any() else ""

    return label
