"""Finding the one line of a server log that says why it did not start, or why it ended."""

import re
import signal
from collections.abc import Iterable
from pathlib import Path

TO_STANDARD_ERROR = Path("-")  # in place of a log file

_OUR_ERROR = re.compile(r"\b(?:vislex\.errors\.)?((?:Gallery|Repository|Invalid|Model)\w+): (.+)")
_LOAD_ERROR = re.compile(r"failed to load '(\w+)' version \d+: (.+)")
_FATAL = re.compile(r"^(?:E\d{4} [\d:.]+ \d+ \S+\] |error: )\"?(.+?)\"?$")

_LINE = re.compile(r"^([A-Z])\d{4} [\d:.]+ \d+ \S+\] \"?(.+?)\"?\s*$")  # its level, and its words
_NO_WORDS = re.compile(r"^\s*\d+# |^[+|]")  # a frame of a stack, a line of a table
# What every start without a GPU says, and what every worker says once its server is gone.
_HARMLESS = ("CudaDriverHelper has not been", "Non-graceful termination detected")
_LAST_BYTES, _LAST_LINES = 1 << 16, 50
# Its lines, tables, blanks, and what it says last.
_TRITONS_OWN = re.compile(r"[IWEF]\d{4} [\d:.]+ \d+ |[+|]|\s*$|error: creating server: ")
_WORKERS_LINES = 3

_TRACEBACK = "\\n\\nAt:"  # how the Python backend logs where an exception was raised


def failure_in(log: Path) -> str:
    """The reason in one line: our own error if one was raised, else the first error logged."""
    if log == TO_STANDARD_ERROR:
        return "see its own words above"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    lines = [line for line in lines if not any(words in line for words in _HARMLESS)]
    for pattern in (_OUR_ERROR, _LOAD_ERROR, _FATAL):
        for line in lines:
            found = pattern.search(line)
            if found:
                return ": ".join(found.groups()).split(_TRACEBACK)[0].strip().strip('"')
    return lines[-1] if lines else "it logged nothing"


def death_of(status: int, log: Path) -> str:
    """How a server that was up has ended: its exit status, a signal by name, and its last words."""
    names = {-number: number.name for number in signal.Signals}
    ended = f"{status} ({names[status]})" if status in names else str(status)
    if log == TO_STANDARD_ERROR:
        return f"{ended}: see its own words above"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LAST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return f"{ended}: {_last_words(lines[-_LAST_LINES:])}"


def _last_words(lines: Iterable[str]) -> str:
    """The last thing said that is no note or warning, else the last thing of all."""
    last = error = ""
    for line in lines:
        if not line.strip() or any(words in line for words in _HARMLESS):
            continue
        if _NO_WORDS.match(line):
            continue
        found = _LINE.match(line)
        level, last = found.groups() if found else ("", line.strip())
        if level not in ("I", "W"):
            error = last
    return error or (f"the last line of its log: {last}" if last else "it logged nothing")


def words_of_workers(log: Path) -> str:
    """The last lines that workers wrote, in one: of a shell, of Python, or of C++."""
    if log == TO_STANDARD_ERROR:
        return "see above"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    theirs = [line.strip() for line in lines if not _TRITONS_OWN.match(line)]
    return " ".join(theirs[-_WORKERS_LINES:]) or f"none; the log is {log}"
