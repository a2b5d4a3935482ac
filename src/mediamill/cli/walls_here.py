"""Whether programs in a sandbox are held back here: a part of `mediamill doctor`."""

from collections.abc import Iterator

from mediamill.cli.finding import Finding
from mediamill.settings import Settings


def walls_here(settings: Settings) -> Iterator[Finding]:
    """Say what this kernel keeps from programs that fetch."""
    from mediamill.media import apart, landlock  # noqa: PLC0415 - only here

    del settings
    if missing := apart.missing_walls():
        words = f"this kernel does not hold back {', '.join(missing)}; programs that fetch run without (see 0022)"
        yield Finding("sandbox", "note", words)
        return
    held = ", ".join(landlock.holds())
    yield Finding("sandbox", "ok", f"{held} are held back by Landlock {landlock.version()}, other sockets by seccomp")
