"""Voices of Microsoft Edge's read-aloud service, through edge-tts. What is said goes to Microsoft."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

import aiohttp
import numpy as np
from edge_tts import Communicate
from edge_tts.exceptions import EdgeTTSException
from numpy.typing import NDArray

from mediamill.core.breaker import Breaker
from mediamill.core.errors import RetryableError
from mediamill.media.remote.wire import Wire, wire
from mediamill.media.voices.engines.packages import version_of
from mediamill.media.voices.engines.received import Unbelievable, speakable, speech_of
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice

_CONNECT_S: Final = 5
_READ_S: Final = 10.0
_CHARS_A_SECOND: Final = 50.0
_MEDIA_TYPE: Final = "audio/mpeg"
#: Over an hour of its 48 kbit/s; a sentence is shorter.
_MOST_BYTES: Final = 24 * 2**20
_FAILURES: Final = 3
_PAUSE_S: Final = 60.0


class Edge:
    """edge-tts behind our Engine. One sentence at a time: the service closes its door to who asks for many."""

    name = "edge"
    reads_ipa = False
    reads_figures = True

    def __init__(
        self, *, line: Wire | None = None, read_s: float = _READ_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._wire = line or wire()
        self._read_s = read_s
        self._turn = asyncio.Semaphore(1)
        self._breaker = Breaker(RetryableError, refused=_refused, failures=_FAILURES, pause_s=_PAUSE_S, now=now)

    def version(self, _voice: Voice) -> str:
        """Return the version of the package. What the service changes, nobody tells us."""
        return version_of("edge-tts")

    def speak(
        self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None
    ) -> NDArray[np.int16]:
        """As Engine.speak. Waits 10 s and a second for each 50 characters for the next word, thrice that in all."""
        text = text_of(utterance).strip()
        if not speakable(text):
            return np.zeros(0, np.int16)
        with self._breaker.call():
            raw = self._wire.run(self._ask(text, voice.engine_voice, speed), check)
            try:
                return speech_of(raw, _MEDIA_TYPE, voice.rate_hz, text, speed)
            except Unbelievable as wrong:
                raise _away(f"sent {len(raw):,} bytes for a sentence, and {wrong}") from wrong

    async def _ask(self, text: str, voice: str, speed: float) -> bytes:
        read_s = self._read_s + len(text) / _CHARS_A_SECOND
        async with self._turn:
            try:
                async with asyncio.timeout(3 * read_s):
                    return await _said(text, voice, speed, read_s)
            except TimeoutError as late:
                raise _away("did not answer in time") from late
            except aiohttp.ClientResponseError as refused:
                raise _away(f"answers {refused.status}") from refused
            except (EdgeTTSException, aiohttp.ClientError, OSError) as broken:
                raise _away(f"gives no sound ({type(broken).__name__})") from broken


async def _said(text: str, voice: str, speed: float, read_s: float) -> bytes:
    rate = f"{round((speed - 1) * 100):+d}%"
    call = Communicate(text, voice, rate=rate, connect_timeout=_CONNECT_S, receive_timeout=math.ceil(read_s))
    raw = bytearray()
    async with aclosing(call.stream()) as words:
        async for word in words:
            if word["type"] == "audio":
                raw += word["data"]
            if len(raw) > _MOST_BYTES:
                raise _away(f"sent more than {_MOST_BYTES:,} bytes for a sentence")
    # A connection that breaks off is no error to edge-tts; it adds up a turn's bytes only where that ended.
    if call.state["cumulative_audio_bytes"] != len(raw):
        raise _away("broke off in the middle of a sentence")
    return bytes(raw)


def _away(why: str, after_s: float | None = None) -> RetryableError:
    return RetryableError(f"Edge's read-aloud service {why}", after_s=after_s, code="VOICE_AWAY")


def _refused(wait_s: float) -> RetryableError:
    return _away(f"failed {_FAILURES} times in a row; it is asked again in {wait_s:.0f} s", wait_s)
