"""Servers of others that speak OpenAI's protocol: how they are asked, and which of them this process may ask.

A process says once what it was set up with (`use`), as it does with voices; why it belongs to the process:
docs/decisions/0016-one-catalogue-of-voices-per-process.md. Cheap to import.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediamill.settings import ModelSettings, RemoteSettings

_used: "RemoteSettings | None" = None


def use(settings: "RemoteSettings | None") -> None:
    """Say what this process was set up with; None: nothing."""
    global _used  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _used = settings


def language_model() -> "ModelSettings | None":
    """Return the language model that this process may ask; None: none."""
    return _used.llm if _used else None


def image_model() -> "ModelSettings | None":
    """Return the model of pictures that this process may ask; None: none."""
    return _used.images if _used else None


def image_hosts() -> tuple[str, ...]:
    """Return the hosts that pictures may be fetched from, beside that model's own."""
    return _used.image_hosts if _used else ()
