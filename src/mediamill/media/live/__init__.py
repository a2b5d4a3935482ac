"""Live streams: which stream is behind an address, and its bytes on disk as they come.

A process says once how sites are asked (`use`), as it does with voices; why it belongs to the process:
docs/decisions/0016-one-catalogue-of-voices-per-process.md.

Cheap to import: what talks to the network and what reads media is loaded by who uses it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediamill.settings import LiveSettings

_used: "LiveSettings | None" = None


def use(settings: "LiveSettings | None") -> None:
    """Say what this process was set up with; None: what nobody set up. Looks that have begun stay as they are."""
    global _used  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _used = settings


def used() -> "LiveSettings | None":
    """Return what this process was set up with."""
    return _used
