"""Stages tell whoever listens, and nobody else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from vislex.timing import listening, stage


@stage("decode")
def decode(data: str) -> str:
    """Turns it round."""
    if not data:
        raise ValueError("empty")
    return data[::-1]


@stage("canvas")
def canvas(data: str) -> str:
    return decode(data) + "!"


def test_a_stage_answers_as_without_it_and_keeps_its_name() -> None:
    assert decode("abc") == "cba"
    assert (decode.__name__, decode.__doc__) == ("decode", "Turns it round.")


def test_stages_are_told_inner_first_and_only_inside_the_with() -> None:
    told: list[str] = []
    decode("before")
    with listening(lambda name, seconds: told.append(f"{name} {seconds >= 0}")):
        assert canvas("abc") == "cba!"
    decode("after")
    assert told == ["decode True", "canvas True"]


def test_a_stage_that_raises_is_told_too() -> None:
    told: list[str] = []
    with listening(lambda name, _: told.append(name)), pytest.raises(ValueError, match="empty"):
        decode("")
    assert told == ["decode"]


def test_another_thread_is_not_listened_to() -> None:
    told: list[str] = []
    with listening(lambda name, _: told.append(name)), ThreadPoolExecutor(1) as pool:
        assert pool.submit(decode, "ab").result() == "ba"
    assert told == []
