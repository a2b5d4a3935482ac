"""How a recording goes, in a line for people."""

import time
from typing import Final

from mediamill import Context
from mediamill.media.live.parts import Parts
from mediamill.services.recordings.tape import Tape

#: Of the job's progress, what is recording; the rest makes one file of it.
SHARE: Final = 0.95
_EVERY_S: Final = 5.0
_KB: Final = 1_000
_MB: Final = 1_000_000
_GB: Final = 1_000_000_000


class Telling:
    """Tells a job how its recording goes, every few seconds. duration_s: how long it will be; None: nobody knows."""

    def __init__(self, ctx: Context, tape: Tape, parts: Parts, duration_s: float | None) -> None:
        self._ctx = ctx
        self._parts = parts
        self._tape = tape
        self._before_bytes = tape.memo.size_bytes
        self._duration_s = duration_s
        self._began_at = tape.memo.began_at
        self._due = 0.0

    def look(self) -> None:
        """Tell it, if it is time to. Cheap."""
        now = time.monotonic()
        if now < self._due or not (self._parts.bytes or self._before_bytes):
            return
        self._due = now + _EVERY_S
        self._began_at = self._began_at or time.time()
        passed_s = max(0.0, time.time() - self._began_at)
        share = min(passed_s / self._duration_s, 1.0) if self._duration_s else 0.0
        self._ctx.progress(SHARE * share, self._words(passed_s))

    def _words(self, passed_s: float) -> str:
        count = self._tape.memo.reconnects
        again = f", {count} reconnect{'s' if count > 1 else ''}" if count else ""
        return f"recording {clock(passed_s)}, {size(self._before_bytes + self._parts.bytes)}{again}"


def clock(seconds: float) -> str:
    """Return `12:31`, or `1:02:03` from an hour on."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def size(size_bytes: int) -> str:
    """Return `281 MB`, of a thousand kB each."""
    if size_bytes >= _GB:
        return f"{size_bytes / _GB:.2f} GB"
    return f"{size_bytes / _MB:.0f} MB" if size_bytes >= _MB else f"{size_bytes / _KB:.0f} kB"
