"""Voices of a speech server with OpenAI's API, over HTTP."""

import asyncio
import email.utils
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx2
import numpy as np
import stamina
from numpy.typing import NDArray

from mediamill import __version__
from mediamill.core.breaker import Breaker
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.voices.engines.received import Unbelievable, speakable, speech_of
from mediamill.media.voices.engines.wire import Wire, wire
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice
from mediamill.settings import ProviderSettings

_PATH: Final = "/audio/speech"
#: WAV is what every such server can send, and no loss.
_FORMAT: Final = "wav"
_CONNECT_S: Final = 5.0
_CHARS_A_SECOND: Final = 50.0
#: A minute and a half of stereo at 48 kHz; a sentence is shorter.
_MOST_BYTES: Final = 32 * 2**20
#: Of an error, whose code is looked for.
_MOST_ERROR_BYTES: Final = 64 * 2**10
_CODE: Final = re.compile(r'"(?:code|type)"\s*:\s*"([A-Za-z0-9_.-]{1,64})"')
#: The parameter that is refused, in OpenAI's errors and in FastAPI's.
_FIELD: Final = re.compile(r'"(?:param|loc)"\s*:\s*(?:\[\s*"body"\s*,\s*)?"(\w{1,64})"')
#: Servers of this machine are asked without a proxy.
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FAILURES: Final = 3
_PAUSE_S: Final = 15.0
#: It refuses what we ask for, not this text.
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
#: It cannot say this text, or not in this voice.
_REFUSED: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_BUSY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True)
class Patience:
    """How often a busy server is asked, what is waited before it is asked again, and what for its words, seconds.

    read_s: for its next byte, and a second more for each 50 characters.
    """

    attempts: int = 3
    first_s: float = 0.5
    longest_s: float = 10.0
    read_s: float = 10.0


_PATIENCE: Final = Patience()


class _Sound(NamedTuple):
    media_type: str
    raw: bytes


class _Busy(Exception):  # noqa: N818 - named for the server
    """It says: not now. after_s: when it wants to be asked again."""

    def __init__(self, status: int, after_s: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.after_s = after_s


class Provider:
    """A server that speaks behind our Engine. One client and its connections for the process."""

    name = "service"
    reads_ipa = False
    reads_figures = True

    def __init__(
        self,
        settings: ProviderSettings,
        *,
        line: Wire | None = None,
        patience: Patience = _PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._url = endpoint(settings.url)
        self._host = urlsplit(settings.url).netloc
        self._wire = line or wire()
        self._patience = patience
        self._client: httpx2.AsyncClient | None = None
        self._breaker = Breaker(RetryableError, refused=self._refused, failures=_FAILURES, pause_s=_PAUSE_S, now=now)

    def version(self, _voice: Voice) -> str:
        """Return a mark of the server's address, and its model. What that server changes, nobody tells us."""
        return f"{hashlib.sha256(self._url.encode()).hexdigest()[:12]}+{self._settings.model}"

    def speak(
        self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None
    ) -> NDArray[np.int16]:
        """As Engine.speak. Waits 10 s and a second for each 50 characters for the next byte, thrice that in all.

        Raises PermanentError with code VOICE_DENIED when the server does not know our key, model or voice.
        """
        text = text_of(utterance).strip()
        if not speakable(text):
            return np.zeros(0, np.int16)
        with self._breaker.call():
            sound = self._wire.run(self._ask(text, voice.engine_voice, speed), check)
            try:
                return speech_of(sound.raw, sound.media_type, voice.rate_hz, text, speed)
            except Unbelievable as wrong:
                raise self._away(f"sent {len(sound.raw):,} bytes for a sentence, and {wrong}") from wrong

    async def _ask(self, text: str, voice: str, speed: float) -> _Sound:
        """Ask until there is an answer, or nobody is patient any more.

        By a block, for of a function stamina would log the arguments, which are the text.
        """
        body: dict[str, object] = {"model": self._settings.model, "input": text, "voice": voice}
        body |= {"response_format": _FORMAT} | ({"speed": speed} if speed != 1 else {})
        patience = self._patience
        read_s = patience.read_s + len(text) / _CHARS_A_SECOND
        try:
            async for attempt in stamina.retry_context(
                on=self._again,
                attempts=patience.attempts,
                timeout=None,
                wait_initial=patience.first_s,
                wait_max=patience.longest_s,
                wait_jitter=patience.first_s,
            ):
                with attempt:
                    async with asyncio.timeout(3 * read_s):
                        return await self._answer(body, read_s)
        except _Busy as busy:
            raise self._away(f"answers {busy.status}", busy.after_s) from busy
        except (TimeoutError, httpx2.TimeoutException) as late:
            raise self._away("did not answer in time") from late
        except (httpx2.HTTPError, httpx2.InvalidURL) as broken:
            raise self._away(f"cannot be reached ({type(broken).__name__})") from broken
        raise AssertionError("unreachable")

    async def _answer(self, body: dict[str, object], read_s: float) -> _Sound:
        timeout = httpx2.Timeout(read_s, connect=_CONNECT_S)
        async with self._http.stream("POST", self._url, json=body, timeout=timeout) as response:
            status = response.status_code
            if response.is_success:
                return _Sound(response.headers.get("content-type", ""), await self._whole(response))
            if status in _BUSY or response.is_server_error:
                raise _Busy(status, retry_after(response.headers.get("retry-after", "")))
            raise self._permanent(status, await _beginning(response))

    async def _whole(self, response: httpx2.Response) -> bytes:
        raw = bytearray()
        async for piece in response.aiter_raw():
            raw += piece
            if len(raw) > _MOST_BYTES:
                raise self._away(f"sent more than {_MOST_BYTES:,} bytes for a sentence")
        return bytes(raw)

    @property
    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            headers = {"User-Agent": f"mediamill/{__version__}", "Accept": "audio/*", "Accept-Encoding": "identity"}
            if self._settings.api_key:
                headers["Authorization"] = f"Bearer {self._settings.api_key}"
            # A redirect is not followed: the key and the text are for this server alone.
            here = urlsplit(self._url).hostname in _HERE
            self._client = httpx2.AsyncClient(headers=headers, follow_redirects=False, trust_env=not here)
            self._wire.at_close(self._client.aclose)
        return self._client

    def _again(self, error: Exception) -> bool | float:
        """Whether to ask again, or after how many seconds. A time-out is not: the listener waited already."""
        if isinstance(error, _Busy):
            if error.after_s is None:
                return True
            return error.after_s if error.after_s <= self._patience.longest_s else False
        # RemoteProtocolError: a connection that was kept, and that the server closed as we wrote.
        return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.RemoteProtocolError)

    def _away(self, why: str, after_s: float | None = None) -> RetryableError:
        return RetryableError(f"the speech server {self._host} {why}", after_s=after_s, code="VOICE_AWAY")

    def _refused(self, wait_s: float) -> RetryableError:
        return self._away(f"failed {_FAILURES} times in a row; it is asked again in {wait_s:.0f} s", wait_s)

    def _permanent(self, status: int, body: str) -> PermanentError:
        """Return the error for a refusal. Of its words only a code is told: they may repeat the text, or a key."""
        code = (_CODE.findall(body) or [""])[-1]
        field = _FIELD.search(body)
        of_text = (field is None or field[1] == "input") and not re.search("voice|model", code)
        told = f"{status} {code}".strip()
        if status in _REFUSED and of_text:
            return PermanentError(f"the speech server {self._host} refused the text ({told})", code="ENGINE_REFUSED")
        why = "what it is asked for says TTS_SERVICE_URL, TTS_SERVICE_MODEL and TTS_SERVICE_VOICES"
        if status in _DENIED:
            why = f"it {'does not take our key' if self._settings.api_key else 'wants a key'}: TTS_SERVICE_API_KEY"
        return PermanentError(f"the speech server {self._host} answers {told}; {why}", code="VOICE_DENIED")


def endpoint(url: str) -> str:
    """Return where speech is asked for, of a base URL with or without its version: `https://host/v1/audio/speech`."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith(_PATH):
        path += _PATH if re.search(r"/v\d+[a-z0-9]*$", path) else f"/v1{_PATH}"
    return parts._replace(path=path).geturl()


def retry_after(header: str) -> float | None:
    """Return the seconds that a Retry-After says, as a number or as a time; None when it says none."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(email.utils.parsedate_to_datetime(header).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


async def _beginning(response: httpx2.Response) -> str:
    raw = bytearray()
    async for piece in response.aiter_raw():
        raw += piece
        if len(raw) > _MOST_ERROR_BYTES:
            break
    return bytes(raw[:_MOST_ERROR_BYTES]).decode("utf-8", "replace")
