"""What an attempt tells while it runs: progress and log lines, few enough for the store, secrets masked."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

import structlog

from mediamill.core.errors import Unavailable
from mediamill.core.events import LOG_LINE_BYTES
from mediamill.core.job import Job
from mediamill.engine.masking import Mask
from mediamill.store.attempts import Attempts
from mediamill.store.record import dump_json

#: Calls per second that reach the store, for progress and for log batches each.
PER_SECOND: Final = 5
#: Lines kept while the store is away or the rate is used up; the oldest go first.
LINES_KEPT: Final = 500
#: After a call that failed the store is left alone: its time-outs would slow the service down.
AWAY_S: Final = 10.0
NOTE_CHARS: Final = 200
#: What stays of a value or a line that is too long.
VALUE_CHARS: Final = 2_000
CUT_BYTES: Final = 1_000

_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}

_logger = structlog.get_logger("mediamill.job")


class Bucket:
    """A token bucket: `per_second` on average, as many at once.

    A burst is let through so that the last word before a long silence is not the one held back.
    """

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._now = now
        self._tokens = per_second
        self._at = now()

    def take(self) -> bool:
        """Take one token if there is one."""
        now = self._now()
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Story:
    """Tells one attempt's progress and log. What cannot be told now is told with the next call.

    Threads of the service may share it.
    """

    def __init__(
        self,
        job: Job,
        token: str,
        attempts: Attempts,
        mask: Mask | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mask = mask or Mask()
        self._job = job
        self._token = token
        self._attempts = attempts
        self._now = now
        self._told = (job.progress, job.stage)
        self._progress: tuple[float, str] | None = None
        self._advanced = False
        self._lines: deque[dict[str, object]] = deque(maxlen=LINES_KEPT)
        self._dropped = 0
        self._away_until = -math.inf
        self._progress_bucket = Bucket(PER_SECOND, now)
        self._log_bucket = Bucket(PER_SECOND, now)
        self._lock = Lock()
        self._telling = Lock()
        self._logger = _logger.bind(job_id=job.id, service=job.service, correlation_id=job.correlation_id)

    def progress(self, percent: float, stage: str) -> None:
        """Tell how far the attempt is, 0..100, and what it does."""
        self._progress = (float(percent), self.mask.public(str(stage))[:NOTE_CHARS])
        self.flush()

    def advanced(self) -> None:
        """Note that a step was finished: it ends a row of worker deaths."""
        self._advanced = self._job.worker_losses > 0

    def log(self, event: str, fields: Mapping[str, object], *, level: str = "info") -> None:
        """Write one line to the job's log and to the worker's."""
        line = self._line(event, fields, level)
        self._logger.log(_LEVELS[level], "job.log", line=line["event"], fields=line["fields"])
        with self._lock:
            self._dropped += len(self._lines) == LINES_KEPT
            self._lines.append(line)
        self.flush()

    def flush(self, *, everything: bool = False) -> None:
        """Tell what waits, as far as the rate allows; `everything`: now, at the attempt's end."""
        if not self._telling.acquire(blocking=everything):
            return  # another thread is at it
        try:
            if everything or self._now() >= self._away_until:
                self._tell_progress(everything)
                self._tell_lines(everything)
        except Unavailable:
            self._away_until = self._now() + AWAY_S
        except Exception:  # a spoilt stream: no line is worth an attempt
            self._logger.exception("job.untold")
            self._away_until = self._now() + AWAY_S
        finally:
            self._telling.release()

    def _tell_progress(self, everything: bool) -> None:  # noqa: FBT001 - handed on from `flush`
        told = self._progress
        if (told is None and not self._advanced) or not (everything or self._progress_bucket.take()):
            return
        percent, stage = told or self._told
        self._attempts.progress(self._job.id, self._token, percent, stage, advanced=self._advanced)
        self._told, self._advanced = (percent, stage), False
        if self._progress is told:
            self._progress = None

    def _tell_lines(self, everything: bool) -> None:  # noqa: FBT001 - handed on from `flush`
        if not self._lines or not (everything or self._log_bucket.take()):
            return
        with self._lock:
            lines, dropped = list(self._lines), self._dropped
            self._lines.clear()
            self._dropped = 0
        if dropped:
            lines.insert(0, self._line("log.dropped", {"lines": dropped}, "warning"))
        try:
            self._attempts.log(self._job.id, self._token, lines)
        except Unavailable:
            with self._lock:
                kept = [*lines[dropped > 0 :], *self._lines]
                self._dropped += dropped + max(0, len(kept) - LINES_KEPT)
                self._lines = deque(kept, maxlen=LINES_KEPT)
            raise

    def _line(self, event: str, fields: Mapping[str, object], level: str) -> dict[str, object]:
        plain = {self.mask.public(name): self._plain(value) for name, value in fields.items()}
        line: dict[str, object] = {
            "at_ms": int(time.time() * 1000),
            "attempt": self._job.attempt,
            "level": level,
            "event": self.mask.public(str(event))[:NOTE_CHARS],
            "fields": plain,
        }
        if len(dump_json(line).encode()) > LOG_LINE_BYTES:
            line["fields"] = {"cut": dump_json(plain).encode()[:CUT_BYTES].decode(errors="ignore")}
        return line

    def _plain(self, value: object) -> object:
        """Return a value that JSON has, and that clients may see."""
        if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        try:
            text = str(value)
        except Exception:  # noqa: BLE001 - whatever a foreign __str__ does, a log line is not worth an attempt
            text = f"<{type(value).__name__}>"
        return self.mask.public(text)[:VALUE_CHARS]
