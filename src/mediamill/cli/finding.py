"""One thing that `mediamill doctor` looked at."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from mediamill.core.errors import MediamillError

Verdict = Literal["ok", "note", "bad"]


class Finding(NamedTuple):
    """One thing that was looked at. bad: something does not work; note: good to know.

    fix: mends it, and says what it did; raises MediamillError when it cannot. None: nothing that doctor can mend.
    """

    what: str
    verdict: Verdict
    words: str
    fix: Callable[[], str] | None = None

    def fixed(self) -> "Finding":
        """Mend what was found, and return what is to be said then."""
        if self.fix is None:
            return self
        try:
            return Finding(self.what, "ok", self.fix())
        except MediamillError as error:
            return self._replace(words=f"{self.words} - it could not be mended: {error.message}")
