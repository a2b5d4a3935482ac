"""The machines that work, as each last told of itself."""

import json
from typing import Any

from mediamill.store.scripts import Scripts

#: A machine that says nothing for this long is gone.
SEEN_S = 60


class Fleet:
    """Who works, and on what."""

    def __init__(self, scripts: Scripts) -> None:
        self._now_ms = scripts.now_ms
        self._client = scripts.client
        self._keys = scripts.keys

    def report(self, machine: str, facts: dict[str, Any]) -> None:
        """Say what this machine does now; forgotten after `SEEN_S` seconds of silence, by the store's clock."""
        now_ms = self._now_ms()
        self._client.run("SET", self._keys("machine", machine), json.dumps(facts), "EX", SEEN_S)
        self._client.run("ZADD", self._keys("machines"), now_ms, machine)
        self._client.run("ZREMRANGEBYSCORE", self._keys("machines"), "-inf", now_ms - SEEN_S * 1000)

    def leave(self, machine: str) -> None:
        """Take this machine from the list."""
        self._client.run("DEL", self._keys("machine", machine))
        self._client.run("ZREM", self._keys("machines"), machine)

    def silent_s(self, machine: str) -> float:
        """Return for how many seconds a machine has told nothing, `SEEN_S` at most; its own clock does not count."""
        left_ms = int(self._client.run("PTTL", self._keys("machine", machine)))
        return SEEN_S - max(0, left_ms) / 1000

    def machines(self) -> list[dict[str, Any]]:
        """Return what the machines last told, by name."""
        names = sorted(self._client.run("ZRANGE", self._keys("machines"), 0, -1))
        told = self._client.many([("GET", self._keys("machine", name)) for name in names])
        return [{"machine": name, **json.loads(text)} for name, text in zip(names, told, strict=True) if text]
