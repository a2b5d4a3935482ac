"""A model behind OpenAI's images API that draws what is described."""

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, Field, ValidationError

from mediamill.core.errors import PermanentError
from mediamill.media.pictures.slide import Frame
from mediamill.media.remote.addresses import endpoint
from mediamill.media.remote.refusal import Refusal
from mediamill.media.remote.server import Patience, Peer, Reply, Request, Server
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings

_PATH: Final = "/images/generations"
_FORMAT: Final = "response_format"
#: Of a picture; 4096 x 4096 as PNG seldom has as many.
_MOST_BYTES: Final = 32 * 2**20
#: In base64, with what is written around it.
_MOST_ANSWER_BYTES: Final = _MOST_BYTES * 4 // 3 + 2**20
#: What is asked for of a wide, a tall and a square frame: gpt-image-1's size, dall-e-3's, then what the model likes.
_WIDE: Final = ("1536x1024", "1792x1024", "")
_TALL: Final = ("1024x1536", "1024x1792", "")
_SQUARE: Final = ("1024x1024", "1024x1024", "")
#: The beginning of a picture, and what stands near its end.
_ENDS: Final = ((b"\x89PNG\r\n\x1a\n", b"IEND"), (b"\xff\xd8\xff", b"\xff\xd9"))
#: Some programs write something behind it.
_NEAR_BYTES: Final = 1024
_DATA: Final = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)
#: Codes of what an operator chose.
_OURS: Final = re.compile("model|key|billing")
_PATIENCE: Final = Patience(attempts=4, first_s=1.0, longest_s=30.0, pause_s=60.0)


class _Image(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Answer(BaseModel):
    data: list[_Image] = Field(min_length=1)


@dataclass(frozen=True)
class _Way:
    """How a server is asked. size: the place of what it takes. whole: it is told to send the picture, not a URL."""

    size: int = 0
    whole: bool = True

    def body(self, model: str, prompt: str, frame: Frame) -> dict[str, object]:
        """Return what is asked."""
        sizes = _WIDE if frame.width > frame.height else _TALL if frame.width < frame.height else _SQUARE
        size = {"size": sizes[self.size]} if sizes[self.size] else {}
        return {"model": model, "prompt": prompt, "n": 1, **size, **({_FORMAT: "b64_json"} if self.whole else {})}

    def after(self, refusal: Refusal) -> "_Way | None":
        """Return another way to ask what was refused; None: there is none that could help."""
        if refusal.of_request and refusal.field == _FORMAT and self.whole:
            return replace(self, whole=False)
        if refusal.of_request and refusal.field == "size" and self.size + 1 < len(_WIDE):
            return replace(self, size=self.size + 1)
        return None


class Images:
    """One model of one server. Which way of asking that server takes is remembered. One for a process.

    hosts: where a picture may be fetched from, beside the server itself, when it answers with the URL of one.
    """

    def __init__(
        self,
        settings: ModelSettings,
        hosts: tuple[str, ...] = (),
        *,
        line: Wire | None = None,
        patience: Patience = _PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._hosts = hosts
        self._url = endpoint(settings.url, _PATH)
        peer = Peer("the image server", settings.url, settings.api_key, code="IMAGE_AWAY")
        self._server = Server(peer, patience, line=line, now=now)
        self._way = _Way()

    def __str__(self) -> str:
        """Return what the server is called."""
        return str(self._server)

    @property
    def version(self) -> str:
        """A mark of the server's address, and its model. What that server changes, nobody tells us."""
        return f"{hashlib.sha256(self._url.encode()).hexdigest()[:12]}+{self._settings.model}"

    def picture(self, prompt: str, frame: Frame, check: Callable[[], None] | None = None) -> bytes:
        """Return a picture of what `prompt` describes: what begins as a PNG, JPEG or WebP does, 32 MiB at most.

        frame: the model draws in the nearest shape that it has. check: as of `Server.ask`.
        Raises RetryableError IMAGE_AWAY, PermanentError IMAGE_DENIED or IMAGE_REFUSED as `picture_of` says.
        """
        way = self._way
        while True:
            found = self._asked(way.body(self._settings.model, prompt, frame), check)
            if not isinstance(found, Refusal):
                self._way = way
                return found
            other = way.after(found)
            if other is None:
                raise self._permanent(found)
            way = other

    def _asked(self, body: dict[str, object], check: Callable[[], None] | None) -> bytes | Refusal:
        with self._server.calling():
            reply = self._ask(self._url, _MOST_ANSWER_BYTES, check, body)
            if not reply.ok:
                return Refusal.of(reply)
            picture = self._received(reply, check)
            if len(picture) > _MOST_BYTES or not _whole(picture):
                wanted = f"no whole PNG, JPEG or WebP of at most {_MOST_BYTES // 2**20} MiB"
                raise self._server.away(f"sent {len(picture):,} bytes that are {wanted}")
            return picture

    def _received(self, reply: Reply, check: Callable[[], None] | None) -> bytes:
        try:
            image = _Answer.model_validate_json(reply.raw).data[0]
        except ValidationError:  # not as a cause: it quotes the answer
            image = _Image()
        embedded = _DATA.match(image.url or "")
        sent = image.b64_json or (image.url[embedded.end() :] if image.url and embedded else "")
        if sent:
            try:
                return base64.b64decode(sent, validate=True)
            except binascii.Error:
                raise self._server.away("sent a picture that is no base64") from None
        if image.url:
            return self._fetched(image.url, check)
        raise self._server.away(f"sent {len(reply.raw):,} bytes without a picture in them")

    def _fetched(self, url: str, check: Callable[[], None] | None) -> bytes:
        """Return the picture at a URL that the server named: of its own, or of a host that may be asked."""
        try:
            own, there = urlsplit(self._url), urlsplit(url := urljoin(self._url, url))
        except ValueError:
            raise self._server.away("named a picture at an address that is none") from None
        at_home = (there.scheme, there.netloc) == (own.scheme, own.netloc)
        if not at_home and not (there.scheme == "https" and there.netloc.lower() in self._hosts):
            why = "does not send the picture but where it is, and nothing may be fetched there: MEDIAMILL_IMAGE_HOSTS"
            raise self._server.refused(why, code="IMAGE_DENIED", there=f"{there.scheme}://{there.hostname}")
        reply = self._ask(url, _MOST_BYTES, check, accept="image/*")
        if not reply.ok:
            raise self._server.away(f"named a picture that is not there ({reply.status})")
        return reply.raw

    def _ask(
        self,
        url: str,
        most: int,
        check: Callable[[], None] | None,
        body: dict[str, object] | None = None,
        accept: str = "application/json",
    ) -> Reply:
        answer_s = self._settings.answer_s
        return self._server.ask(Request(url, answer_s, answer_s, most, body, accept), check)

    def _permanent(self, refusal: Refusal) -> PermanentError:
        if refusal.of_request and not _OURS.search(refusal.code):
            return self._server.refused(f"does not draw this ({refusal.told})", code="IMAGE_REFUSED")
        why = "what it is asked for says IMAGE_BASE_URL and IMAGE_MODEL"
        if refusal.keyless:
            why = f"it {'does not take our key' if self._settings.api_key else 'wants a key'}: IMAGE_API_KEY"
        return self._server.refused(f"answers {refusal.told}; {why}", code="IMAGE_DENIED")


def _whole(picture: bytes) -> bool:
    """Whether it begins and ends as a PNG, JPEG or WebP does: half of one must not be kept."""
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return len(picture) >= 8 + int.from_bytes(picture[4:8], "little")
    return any(picture.startswith(head) and tail in picture[-_NEAR_BYTES:] for head, tail in _ENDS)
