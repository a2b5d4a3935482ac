"""Why a server refused, as far as that may be told."""

import dataclasses
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from mediamill.media.remote.server import Reply

_CODE: Final = re.compile(r'"(?:code|type)"\s*:\s*"([A-Za-z0-9_.-]{1,64})"')
#: The parameter that is refused, or a part of it is, in OpenAI's errors and in FastAPI's.
_FIELD: Final = re.compile(r'"(?:param|loc)"\s*:\s*(?:\[\s*"body"\s*,\s*)?"(\w{1,64})["\[.]')
#: It refuses what we ask for, not this request.
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
#: It cannot do what this request wants.
_UNABLE: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


@dataclass(frozen=True)
class Refusal:
    """A refusal. Of its words only a code and a parameter's name are told: they may repeat a text, or a key.

    code, field: "" where it names none.
    """

    status: int
    code: str
    field: str
    _words: str = dataclasses.field(repr=False, compare=False)

    @classmethod
    def of(cls, reply: Reply) -> "Refusal":
        """Read a refusal."""
        words = reply.raw.decode("utf-8", "replace")
        named = _FIELD.search(words)
        return cls(reply.status, (_CODE.findall(words) or [""])[-1], named[1] if named else "", words)

    @property
    def told(self) -> str:
        """What may be told: `400 invalid_request_error`."""
        return f"{self.status} {self.code}".strip()

    @property
    def keyless(self) -> bool:
        """Whether it wants a key, or another one."""
        return self.status in _DENIED

    @property
    def of_request(self) -> bool:
        """Whether it is about this request, and another one may be served."""
        return self.status in _UNABLE

    def speaks_of(self, pattern: re.Pattern[str]) -> bool:
        """Whether its words have this in them."""
        return pattern.search(self._words) is not None
