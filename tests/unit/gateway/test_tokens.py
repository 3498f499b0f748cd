"""Files of tokens: what is no token is refused by the number of its line, never by its words."""

import logging
from pathlib import Path

import pytest

from vislex.errors import ServerError
from vislex.gateway.tokens import Tokens


def test_a_line_with_white_space_inside_is_no_token(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("# ours\n\n  first-token \nnot a secret\n")
    with pytest.raises(ServerError) as caught:
        Tokens(file)
    assert str(caught.value) == (
        f"cannot use the token file {file}: line 4 has white space inside; expected one token a "
        "line"
    )


def test_a_line_gone_bad_keeps_the_tokens_read_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "tokens"
    file.write_text("first-token\n")
    tokens = Tokens(file)
    file.write_text("second-token\na secret\n")
    with caplog.at_level(logging.ERROR, "vislex.gateway.tokens"):
        assert tokens.accepts("Bearer first-token")
    assert not tokens.accepts("Bearer second-token")
    assert "line 2 has white space inside" in caplog.text
    assert "a secret" not in caplog.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"# none\n", "it holds no token; expected one a line"),
        (b"\xff\xfe\x00", "it is not text in UTF-8; expected one token a line"),
    ],
)
def test_a_file_without_tokens_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ServerError) as caught:
        Tokens(file)
    assert str(caught.value) == f"cannot use the token file {file}: {words}"
