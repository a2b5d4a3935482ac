"""The way out for looks at live sites: small questions, thousands a minute, each with an end.

They go where a gate leads, over connections that are kept. Through it each would make two new ones, which costs
fifteen times as much.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mediamill.media.live import answers
from mediamill.media.live.feed import Upstream
from mediamill.media.live.loop import loop
from mediamill.media.live.playlist import checked

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from mediamill.media.egress.gate import Gate

#: What sites expect of a visitor.
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
#: Of an answer.
MOST_BYTES: Final = 2**20


@dataclass(frozen=True)
class Told:
    """An answer.

    url: of whoever gave it, after redirects. media_type: "text/html", in lower case. body: its beginning where that
    was enough.
    """

    url: str = field(repr=False)
    media_type: str
    body: bytes = field(repr=False)


class Door:
    """A way out: where a gate leads. gate: stays open until all questions are answered."""

    def __init__(self, gate: "Gate") -> None:
        self._gate = gate

    async def ask(
        self,
        url: str,
        what: str,
        headers: Callable[[str], Mapping[str, str]],
        enough: Callable[[bytes], bool] = lambda _: False,
    ) -> Told:
        """Return an answer, with its body until that is enough. In the loop of recordings.

        what: is asked for, for people: "the playlist". headers: for an address: redirects lead to others.

        Raises what its status means (`feed.of_status`), Unreachable, TimedOut; Upstream for more than a MiB, or what
        leads elsewhere than to http(s); PermanentError with code BLOCKED where the guard refuses.
        """
        with answers.awaited(what):
            for _ in range(answers.MOST_REDIRECTS + 1):
                async with await self._sent(url, headers(url)) as response:
                    if response.status in answers.REDIRECTS:
                        url = checked(response.headers.get("Location", ""), url)
                        continue
                    answers.check(response, what)
                    body = await _read(response, what, enough)
                    return Told(url, response.content_type.lower(), body)
        raise Upstream(f"{what}: it is redirected more than {answers.MOST_REDIRECTS} times")

    async def _sent(self, url: str, headers: Mapping[str, str]) -> "ClientResponse":
        from yarl import URL  # noqa: PLC0415 - this package is cheap to import

        said = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        return (
            await loop()
            .session_to(self._gate)
            .get(
                URL(url, encoded=True),  # as it is signed
                headers=said,
                allow_redirects=False,
            )
        )


async def _read(response: "ClientResponse", what: str, enough: Callable[[bytes], bool]) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MOST_BYTES:
            raise Upstream(f"{what}: it has more than {MOST_BYTES} bytes")
        if enough(bytes(body)):
            response.close()  # what follows has no end
            break
    return bytes(body)
