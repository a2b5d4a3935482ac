"""The lead that a plugin's requests are on: through the gate, within a time and a size, whatever the plugin says."""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ReadTimeoutError

#: Of all answers of one look.
MOST_BYTES: Final = 8 * 2**20
_PIECE: Final = 64 * 1024
#: That are kept of one gate.
_CONNECTIONS: Final = 16


class TooMuch(requests.exceptions.RequestException):
    """All answers of a look together are larger than they may be."""


class Lead(BaseAdapter):
    """Sends the requests of one look.

    inner: the connections, shared. until: when the look's time is over, by `time.monotonic()`.
    """

    def __init__(self, inner: HTTPAdapter, gate_url: str, until: float) -> None:
        super().__init__()
        self._inner = inner
        self._gate_url = gate_url
        self._until = until
        self._came = 0
        self._answers: list[Response] = []

    def send(self, request: PreparedRequest, *_: object, **said: Any) -> Response:  # noqa: ANN401 - as requests passes
        """Send one. What the plugin says of proxies and certificates is not heard. Raises Timeout when time is over."""
        left_s, asked_s = self._left_s(), said.get("timeout")
        response = self._inner.send(
            request,
            stream=True,
            timeout=min(asked_s, left_s) if isinstance(asked_s, int | float) else left_s,
            verify=True,
            proxies={"http": self._gate_url, "https": self._gate_url},
        )
        response.raw = _Raw(response.raw, self)
        self._answers.append(response)
        return response

    def close(self) -> None:
        """Let go of the answers, those that were not read to their end too; what is shared stays open."""
        while self._answers:
            self._answers.pop().close()

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield an answer, until all answers together are too much (TooMuch) or the time is over (Timeout)."""
        try:
            for piece in pieces:
                self._came += len(piece)
                if self._came > MOST_BYTES:
                    raise TooMuch
                self._left_s()
                yield piece
        except ReadTimeoutError:
            raise requests.exceptions.Timeout("the answer takes too long") from None

    def _left_s(self) -> float:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise requests.exceptions.Timeout("the look takes too long")
        return left_s


class _Raw:
    """An answer's body as urllib3 has it, counted."""

    def __init__(self, raw: Any, lead: Lead) -> None:  # noqa: ANN401 - urllib3's
        self._raw = raw
        self._lead = lead

    def stream(self, amount: int = _PIECE, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001 - as urllib3's
        """See urllib3's."""
        return self._lead.counted(self._raw.stream(amount, decode_content=decode_content))

    def read(self, amount: int | None = None, **said: Any) -> bytes:  # noqa: ANN401 - as urllib3's
        """See urllib3's."""
        return b"".join(self._lead.counted(iter([self._raw.read(amount or MOST_BYTES + 1, **said)])))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else requests asks of it
        return getattr(self._raw, name)


@lru_cache(16)
def connections(_gate_url: str) -> HTTPAdapter:
    """Return the connections through a gate. Threads may share them."""
    return HTTPAdapter(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS, max_retries=0)
