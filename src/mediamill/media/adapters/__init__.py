"""Programs of others that fetch sound, each described by a TOML file: `docs/adapters.md`.

A process says once what it was set up with (`use`), as it does with voices; why it belongs to the process:
docs/decisions/0016-one-catalogue-of-voices-per-process.md. Cheap to import.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediamill.settings import AdapterSettings

_used: "AdapterSettings | None" = None


def use(settings: "AdapterSettings | None") -> None:
    """Say what this process was set up with; None: the adapters that come with the services, as they are."""
    global _used  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _used = settings


def used() -> "AdapterSettings | None":
    """Return what this process was set up with."""
    return _used
