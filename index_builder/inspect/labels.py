"""Labels of older galleries that would be refused today, and how a command finds them."""

from collections.abc import Collection, Iterable

from index_builder.inspect.warnings import some
from vislex.errors import InvalidInput
from vislex.gallery.labels import label_of
from vislex.screens.gallery import Gallery


def labels_of(gallery: Gallery, names: Collection[str]) -> set[str]:
    """The labels of a gallery that some names mean.

    Names are as they are in the gallery, which may be older than today's check of them, or else
    as they would be today: " shop" and "shop" are then the same.
    """
    labels = set(gallery.items.labels)
    matching = set()
    for name in names:
        alike = {label for label in labels if _plain_form(label) == _plain_form(name)}
        matching |= {name} if name in labels else alike or {name}
    return matching


def _plain_form(label: str) -> str:
    try:
        return label_of(label)
    except InvalidInput:
        return label


def odd_labels(labels: Iterable[str]) -> list[str]:
    """A sentence for each label that would be refused today; older galleries have such labels."""
    sentences = []
    for label in sorted(set(labels)):
        try:
            today = label_of(label)
        except InvalidInput as error:
            sentences.append(f"{error}; `relabel --label` gives it one")
            continue
        if today != label:
            sentences.append(
                f"the label {label!a} would be {today!r} today; `relabel --label` joins them"
            )
    return some(sentences)
