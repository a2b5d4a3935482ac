"""What ended jobs left on this machine and could not be handed in yet: a part of `mediamill doctor`."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from mediamill.cli.finding import Finding
from mediamill.settings import Settings

_MIB: Final = 2**20
_DAY_S: Final = 86_400


def lasting_here(settings: Settings) -> Iterator[Finding]:
    """Say how much waits, and of which services, and how long it is kept."""
    from mediamill.files.lasting import Lasting  # noqa: PLC0415 - only here

    taken = Lasting(settings.files.root, settings.worker.machine).taken()
    names = {each.name: each.names() for each in taken}
    count = sum(map(len, names.values()))
    if not count:
        yield Finding("lasting", "ok", "no file of an ended job waits to be handed in")
        return
    size_bytes = sum((each.files / name).lstat().st_size for each in taken for name in names[each.name])
    services = Counter(each.note.service if each.note else "nobody knows which" for each in taken if names[each.name])
    words = ", ".join(f"{number} of {service}" for service, number in services.items())
    yield Finding(
        "lasting",
        "note",
        f"{count} files of ended jobs ({words}; {size_bytes / _MIB:,.0f} MiB) wait to be handed in anew; the "
        f"keeper's log says why (lasting.kept). They are kept for {settings.keep.dead_s / _DAY_S:g} days",
    )
