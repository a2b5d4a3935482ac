"""What an attempt tells while it runs: progress and log lines, few enough for the store, secrets masked."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import structlog

from mediamill.core.errors import Unavailable
from mediamill.core.events import LOG_LINE_BYTES
from mediamill.core.job import Job
from mediamill.store.attempts import Attempts
from mediamill.store.record import dump_json

MASK = "***"
#: Calls per second that reach the store, for progress and for log batches each.
PER_SECOND = 5
#: Lines kept while the store is away; the oldest go first.
LINES_KEPT = 500

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
    """Tells one attempt's progress and log. What cannot be told now is told with the next call."""

    def __init__(
        self,
        job: Job,
        token: str,
        attempts: Attempts,
        secrets: Sequence[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job = job
        self._token = token
        self._attempts = attempts
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)
        self._progress: tuple[float, str] | None = None
        self._advanced = False
        self._lines: deque[dict[str, object]] = deque(maxlen=LINES_KEPT)
        self._progress_bucket = Bucket(PER_SECOND, now)
        self._log_bucket = Bucket(PER_SECOND, now)
        self._logger = _logger.bind(job_id=job.id, service=job.service, correlation_id=job.correlation_id)

    def mask(self, text: str) -> str:
        """Return `text` without the job's secret values."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def progress(self, percent: float, stage: str) -> None:
        """Tell how far the attempt is, 0..100, and what it does."""
        self._progress = (percent, self.mask(stage)[:200])
        self.flush()

    def advanced(self) -> None:
        """Note that a step was finished: the next progress says so."""
        self._advanced = True

    def log(self, event: str, fields: Mapping[str, object], *, level: str = "info") -> None:
        """Write one line to the job's log and to the worker's."""
        masked = {name: self._plain(value) for name, value in fields.items()}
        line: dict[str, object] = {
            "at_ms": int(time.time() * 1000),
            "attempt": self._job.attempt,
            "level": level,
            "event": self.mask(event)[:200],
            "fields": masked,
        }
        if len(dump_json(line).encode()) > LOG_LINE_BYTES:
            line["fields"] = {"cut": dump_json(masked)[: LOG_LINE_BYTES // 4]}
        self._logger.log(_LEVELS[level], "job.log", line=line["event"], fields=line["fields"])
        self._lines.append(line)
        self.flush()

    def flush(self, *, everything: bool = False) -> None:
        """Tell what waits, as far as the rate allows; `everything`: now, at the attempt's end."""
        if self._progress and (everything or self._progress_bucket.take()):
            (percent, stage), self._progress = self._progress, None
            try:
                self._attempts.progress(self._job.id, self._token, percent, stage, advanced=self._advanced)
                self._advanced = False
            except Unavailable:
                self._progress = (percent, stage)
        if self._lines and (everything or self._log_bucket.take()):
            lines = list(self._lines)
            try:
                self._attempts.log(self._job.id, self._token, lines)
                self._lines.clear()
            except Unavailable:
                return

    def _plain(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.mask(str(value))


_LEVELS = {"info": 20, "warning": 30, "error": 40}
