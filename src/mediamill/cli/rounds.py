"""News of long work over many jobs."""

import time
from typing import Final

import click

#: Between two lines; work that takes less long has none.
EVERY_S: Final = 1.5


class News:
    """Writes now and then to standard error how far the work is."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def tell(self, line: str) -> None:
        """Write the line, unless one was written only just now."""
        if time.monotonic() - self._told_at >= EVERY_S:
            self._told_at = time.monotonic()
            click.echo(line, err=True)


def many(count: int, noun: str = "job") -> str:
    """Return a number with its noun: 1 job, 1,200 jobs."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
