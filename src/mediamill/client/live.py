"""Where a follower stands in a live stream, and how it comes back after a break."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from mediamill.client.answers import Event
from mediamill.client.errors import ApiError, Unreachable

#: The server pings every 15 s, so a longer silence means that the line is dead.
SILENCE_S: Final = 45.0
#: How long a follower tries to come back.
RETURN_WITHIN_S: Final = 120.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 3.0
_SERVER_ERRORS: Final = 500
_TOO_MANY: Final = 429


@dataclass
class Place:
    """The last event seen, and since when the stream is broken."""

    last_id: str | None = None
    ended: bool = False
    broken_at: float | None = None
    _pause_s: float = field(default=_FIRST_PAUSE_S)

    def headers(self) -> dict[str, str]:
        """Return what tells the server where to go on."""
        return {"Last-Event-ID": self.last_id} if self.last_id else {}

    def take(self, sent: httpx2.ServerSentEvent) -> Event | None:
        """Note an event and return it; None for a frame that only sets the pace."""
        self.broken_at, self._pause_s = None, _FIRST_PAUSE_S
        if not sent.data:
            return None
        self.last_id = sent.id or self.last_id
        self.ended = sent.event == "end"
        data: Any = json.loads(sent.data)
        return Event(id=sent.id, name=sent.event, data=data if isinstance(data, dict) else {"value": data})

    def pause_s(self, trouble: ApiError | Unreachable | None) -> float:
        """Return seconds to wait before coming back. Raises `trouble` when there is no point, or it lasts too long."""
        if isinstance(trouble, ApiError) and trouble.status < _SERVER_ERRORS and trouble.status != _TOO_MANY:
            raise trouble
        now = time.monotonic()
        if self.broken_at is None:
            self.broken_at = now
        if trouble is not None and now - self.broken_at > RETURN_WITHIN_S:
            raise trouble
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, _LONGEST_PAUSE_S)
        return pause_s
