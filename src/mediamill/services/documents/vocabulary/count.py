"""What a stage of the work kept and dropped, and why."""

from collections import Counter
from collections.abc import Mapping


class Count:
    """The numbers of one stage: `{"kept": 40, "seen_once": 812}`."""

    def __init__(self) -> None:
        self._kept = 0
        self._dropped = Counter[str]()

    def keep(self, many: int = 1) -> None:
        """Count what goes on to the next stage."""
        self._kept += many

    def drop(self, why: str, many: int = 1) -> None:
        """Count what does not. why: one or two words in small letters, joined by "_"."""
        self._dropped[why] += many

    def told(self) -> Mapping[str, int]:
        """Return what was kept, then the reasons, most frequent first."""
        return {"kept": self._kept, **dict(self._dropped.most_common())}
