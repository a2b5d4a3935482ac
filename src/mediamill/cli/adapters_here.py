"""Which programs that fetch are here, and in which version: a part of `mediamill doctor`."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.cli.finding import Finding
from mediamill.core.errors import MediamillError
from mediamill.settings import Settings

if TYPE_CHECKING:
    from mediamill.media.adapters.adapter import Adapter

#: Where a service keeps the descriptions of its programs.
_FOLDER: Final = "adapters"


def adapters_here(settings: Settings) -> Iterator[Finding]:
    """Say of each described program whether it is here, and of each description that is wrong what is."""
    from mediamill.media import adapters  # noqa: PLC0415 - only here
    from mediamill.media.adapters.loading import shelf  # noqa: PLC0415

    adapters.use(settings.adapters)
    wrong: dict[Path, str] = {}
    for service, folder in _folders():
        found = shelf(folder, service)
        for adapter in found.on.values():
            yield _probed(adapter)
        for adapter in found.off.values():
            flag = adapter.enable.flag if adapter.enable else ""
            yield Finding(adapter.name, "ok", f"is off ({flag})")
        wrong |= {broken.path: broken.reason for broken in found.broken}
    for path, reason in wrong.items():
        yield Finding("adapters", "bad", f"{path}: {reason}")


def _probed(adapter: "Adapter") -> Finding:
    from mediamill.media.adapters import probing  # noqa: PLC0415 - only here

    try:
        version = probing.version(adapter)
    except MediamillError as error:
        off = f"; {adapter.enable.flag}=no turns it off" if adapter.enable else ""
        return Finding(adapter.name, "bad", f"{error.message}{off}")
    return Finding(adapter.name, "ok", f"{adapter.title} {version}")


def _folders() -> Iterator[tuple[str, Path]]:
    """Yield the services that can run here and have descriptions, and their folders."""
    from mediamill.engine.registry import discover  # noqa: PLC0415 - it imports every service

    for found in discover().packages:
        spec = find_spec(found.package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if Path(place, _FOLDER).is_dir():
                yield found.service.name, Path(place, _FOLDER)
