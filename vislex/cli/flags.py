"""What a flag takes, and how it goes by an old name."""

import argparse
import math


def old_spelling(parser: argparse.ArgumentParser, flag: argparse.Action, old: str) -> None:
    """Takes `old` for the flag as well, and does not show it: scripts of users pass it."""
    alias = parser.add_argument(
        old, dest=flag.dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    alias.type = flag.type


def seconds(word: str) -> float:
    """The type of a flag that takes a time."""
    number = float(word)  # argparse names the flag and the word where this fails
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{word} is not a number of seconds from 0")
    return number


def count(word: str) -> int:
    """The type of a flag that takes how many, at least one."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number from 1")
    return int(word)
