"""What an evaluation asks: the core in this process, or a server; and the text alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from vislex_client import Client

from index_builder.judged import Line, Outcome
from vislex.classify import classify
from vislex.config import Options
from vislex.fusion import text_similarity
from vislex.gallery import Gallery
from vislex.infer.onnx import OnnxInfer
from vislex.ocr.characters import read_characters


def core_classifier(
    repository: Path, gallery: Gallery, options: Options
) -> Callable[[bytes], Outcome]:
    """Classifies in this process with the models of a written repository."""
    infer, characters = OnnxInfer(repository), read_characters(repository)

    def ask(image: bytes) -> Outcome:
        return classify(
            [image], infer=infer, characters=characters, gallery=gallery, options=options
        )[0]

    return ask


def served_classifier(client: Client, options: Options) -> Callable[[bytes], Outcome]:
    """Classifies over gRPC."""

    def ask(image: bytes) -> Outcome:
        return client.classify(image, alpha=options.alpha, top_k=options.top_k, read=options.read)

    return ask


def text_labeller(gallery: Gallery) -> Callable[[Sequence[Line]], str]:
    """The label of the gallery image whose text is nearest, over the whole gallery."""
    texts = [item.text for item in gallery.items]

    def label(lines: Sequence[Line]) -> str:
        scores = text_similarity(" ".join(line.text for line in lines), texts)
        return gallery.items[int(np.argmax(scores))].label if scores.any() else ""

    return label
