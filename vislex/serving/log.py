"""Finding, in a server log of hundreds of lines, the one that says why it did not start."""

import re
from pathlib import Path

TO_STANDARD_ERROR = Path("-")  # in place of a log file

_OUR_ERROR = re.compile(r"\b(?:vislex\.errors\.)?((?:Gallery|Repository|Invalid|Model)\w+): (.+)")
_LOAD_ERROR = re.compile(r"failed to load '(\w+)' version \d+: (.+)")
_FATAL = re.compile(r"^(?:E\d{4} [\d:.]+ \d+ \S+\] |error: )\"?(.+?)\"?$")

_TRACEBACK = "\\n\\nAt:"  # how the Python backend logs where an exception was raised


def failure_in(log: Path) -> str:
    """The reason in one line: our own error if one was raised, else the first error logged."""
    if log == TO_STANDARD_ERROR:
        return "see its own words above"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for pattern in (_OUR_ERROR, _LOAD_ERROR, _FATAL):
        for line in lines:
            found = pattern.search(line)
            if found:
                return ": ".join(found.groups()).split(_TRACEBACK)[0].strip().strip('"')
    return lines[-1] if lines else "it logged nothing"
