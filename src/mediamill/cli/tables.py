"""Lists on a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import click

_KIB: Final = 1024


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> None:
    """Print rows below their heads, the last column ragged; say `nothing` on standard error when there are none."""
    found = list(rows)
    if not found:
        click.echo(nothing, err=True)
        return
    lines = [heads, *found]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join((*cells, line[-1])).rstrip())


def ago(then: datetime) -> str:
    """Return how long ago something was, in one unit."""
    return f"{span((datetime.now(UTC) - then).total_seconds())} ago"


def span(length_s: float) -> str:
    """Return a length of time in one unit."""
    seconds = max(0, int(length_s))
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def size(size_bytes: float) -> str:
    """Return a number of bytes in the unit that leaves few digits."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size_bytes < _KIB:
            return f"{size_bytes:.0f} bytes" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= _KIB
    return f"{size_bytes:.1f} TiB"
