"""Labels of a gallery that could not be given today, and how a command names them."""

from collections.abc import Collection, Iterable

from index_builder.inspect.warnings import some
from vislex.errors import InvalidInput
from vislex.gallery.labels import label_of
from vislex.screens.gallery import Gallery


def labels_of(gallery: Gallery, names: Collection[str]) -> set[str]:
    """The labels of a gallery that are meant by some names.

    Names are as they are in the gallery, which may be older than today's check of them, or else
    as they would be today: " shop" and "shop" are then the same.
    """
    labels = set(gallery.items.labels)
    found = set()
    for name in names:
        alike = {label for label in labels if _plain_form(label) == _plain_form(name)}
        found |= {name} if name in labels else alike or {name}
    return found


def _plain_form(label: str) -> str:
    try:
        return label_of(label)
    except InvalidInput:
        return label


def odd_labels(labels: Iterable[str]) -> list[str]:
    """A sentence for each label that could not be given today, as older galleries have them."""
    found = []
    for label in sorted(set(labels)):
        try:
            today = label_of(label)
        except InvalidInput as error:
            found.append(f"{error}; `relabel --label` gives it one")
            continue
        if today != label:
            found.append(
                f"the label {label!a} would be {today!r} today; `relabel --label` joins them"
            )
    return some(found)
