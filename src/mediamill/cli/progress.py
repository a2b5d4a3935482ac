"""A job's progress, live: a bar on a terminal, plain lines elsewhere."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from mediamill.client import ApiError, Event, Unreachable

#: A plain line is written when the stage changes, and each time this much more is done.
_STEP_PERCENT: Final = 10.0
_NUMBERS: Final = re.compile(r"\d+")


class Display(Protocol):
    """Shows how far a job is."""

    def show(self, percent: float, stage: str) -> None:
        """Show progress, 0..100."""
        ...

    def say(self, line: str) -> None:
        """Show a line that stays."""
        ...


class Lines:
    """Progress as lines on standard error."""

    def __init__(self) -> None:
        self._percent = float("-inf")
        self._kind: str | None = None

    def show(self, percent: float, stage: str) -> None:
        """Write a line when there is news."""
        kind = _NUMBERS.sub("", stage)  # "sentence 2 of 9" is no other stage than "sentence 1 of 9"
        if kind != self._kind or percent >= self._percent + _STEP_PERCENT or percent >= 100 > self._percent:  # noqa: PLR2004
            self._percent, self._kind = percent, kind
            self.say(f"{percent:3.0f} %  {stage}".rstrip())

    def say(self, line: str) -> None:
        """Write a line."""
        print(line, file=sys.stderr, flush=True)


@contextmanager
def display() -> Iterator[Display]:
    """Yield what fits standard error."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich import progress as bars  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415 - 0.1 s, for terminals only

    columns = (
        bars.SpinnerColumn(),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("{task.description}", markup=False),
    )
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("waiting", total=100)

        class Bar:
            def show(self, percent: float, stage: str) -> None:
                bar.update(task, completed=percent, description=stage)

            def say(self, line: str) -> None:
                bar.console.print(line, markup=False, highlight=False)

        yield Bar()


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], object]]:
    """Show how many of how many; `what`: "files copied"."""
    with display() as shown:
        yield lambda number, count: shown.show(100.0 * number / max(count, 1), f"{what}: {number:,} of {count:,}")


def say(line: str) -> None:
    """Write a line of a command to standard error."""
    print(f"mediamill: {line}", file=sys.stderr, flush=True)


class Follower:
    """Turns a job's events into what people want to see."""

    def __init__(self, shown: Display) -> None:
        self._shown = shown
        self._percent = 0.0
        self._missed = False
        self.status = ""

    def miss(self, trouble: ApiError | Unreachable) -> None:
        """Say that no events come, once until the next one does."""
        if not self._missed:
            self._missed = True
            why = trouble.error_message if isinstance(trouble, ApiError) else "no answer from the server"
            self._shown.say(f"{why}; still trying")

    def take(self, event: Event) -> None:
        """Show one event."""
        self._missed = False
        if event.name == "progress":
            self._percent = float(event.data.get("progress", self._percent))
            self._shown.show(self._percent, str(event.data.get("stage", "")))
        elif event.name == "state":
            self._state(event)
        elif event.name == "artifact" and "name" in event.data:
            self._shown.say(f"ready: {event.data['name']}")

    def _state(self, event: Event) -> None:
        status, why = str(event.data.get("status", "")), event.data.get("error_message")
        news = {"PENDING": "waiting for a worker", "STARTED": "started", "RETRY": "will be tried again"}
        if status == "PENDING" and self.status == "STARTED":
            self._shown.say("the worker was lost or is leaving; the job waits for another one")
        elif why and status in news:  # why a job has ended is said once, by whoever follows it
            self._shown.say(f"{news[status]}: {why}")
        self.status = status
        if status in news:
            put_off = event.data.get("event") == "later"  # by itself, until its time or its parts are there
            self._shown.show(self._percent, "waiting" if put_off else news[status])
