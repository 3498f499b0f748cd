"""What may be the name of a label, and that two names which look alike are the same label."""

import unicodedata

import pytest

from vislex.errors import InvalidInput
from vislex.gallery.labels import LONGEST, label_of


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("bank", "bank"),
        ("  bank ", "bank"),
        ("bank\n", "bank"),
        ("\u3000海棠\u3000银行\u00a0", "海棠\u3000银行"),
        (unicodedata.normalize("NFD", "Café"), "Caf\u00e9"),
        ("가", "\uac00"),
        ("a/b: c", "a/b: c"),
        ("0", "0"),
        ("otherwise", "otherwise"),
        ("❤\ufe0f 👨\u200d👩", "❤\ufe0f 👨\u200d👩"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_a_label_is_composed_and_without_space_around_it(given: str, label: str) -> None:
    assert label_of(given) == label
    assert label_of(label) == label


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("a\nb", r"'a\\nb' holds U\+000A"),
        ("a\rb", r"U\+000D"),
        ("a\tb", r"U\+0009"),
        ("a\0b", r"U\+0000"),
        ("a\x1bb", r"U\+001B"),
        ("a\x85b", r"U\+0085"),
        ("a\u2028b", r"U\+2028 \(LINE SEPARATOR\)"),
        ("a\u00a0b", "NO-BREAK SPACE"),
        ("a\u2009b", "THIN SPACE"),
        ("a\u200bb", "ZERO WIDTH SPACE"),
        ("\ufeffbank", "ZERO WIDTH NO-BREAK SPACE"),
        ("bank\u202e", "RIGHT-TO-LEFT OVERRIDE"),
        ("ba\u00adnk", "SOFT HYPHEN"),
        ("ba\u200dnk", "ZERO WIDTH JOINER"),
        ("bank\ufe0f", "VARIATION SELECTOR-16"),
        ("ba\u3164nk", "HANGUL FILLER"),
        ("bank\ud83d", r"U\+D83D \(no whole character\)"),
        ("caf\udce9", r"U\+DCE9 \(no whole character\)"),
        ("other", "another name"),
        (" Other ", "'Other' is what the decision says"),
        ("OTHER", "another name"),
        ("x" * (LONGEST + 1), "256 characters; expected 255"),
    ],
)
def test_what_cannot_be_a_label_is_named(given: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        label_of(given)
