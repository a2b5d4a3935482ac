"""One thing that `mediamill doctor` looked at."""

from typing import Literal, NamedTuple

Verdict = Literal["ok", "note", "bad"]


class Finding(NamedTuple):
    """One thing that was looked at. bad: something does not work; note: good to know."""

    what: str
    verdict: Verdict
    words: str
