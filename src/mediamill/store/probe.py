"""Whether the store takes work, and whether it is set up to keep it."""

from typing import Any, Final

from mediamill.store.scripts import Scripts

_KEPT_MS: Final = 10_000


class Probe:
    """Asks the store how it does. A PING would lie: it is answered when memory or disk are full."""

    def __init__(self, scripts: Scripts) -> None:
        self._client = scripts.client
        self._keys = scripts.keys

    def check(self) -> list[str]:
        """Write something, and return warnings about the server's settings.

        Raises Unavailable when the write is not taken.
        """
        _, memory, persistence = self._client.many(
            [("SET", self._keys("probe"), 1, "PX", _KEPT_MS), ("INFO", "memory"), ("INFO", "persistence")]
        )
        return _warnings(memory, persistence)


def _warnings(memory: dict[str, Any], persistence: dict[str, Any]) -> list[str]:
    warnings = []
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        warnings.append(f"the store evicts keys when its memory is full (maxmemory-policy {policy}): set noeviction")
    if not persistence.get("aof_enabled"):
        warnings.append("the store keeps no append-only file: a restart loses accepted jobs; set appendonly yes")
    return warnings
