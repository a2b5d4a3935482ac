"""Voices of a speech server with OpenAI's API, over HTTP."""

import hashlib
import re
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.remote.addresses import endpoint
from mediamill.media.remote.refusal import Refusal
from mediamill.media.remote.server import Patience, Peer, Request, Server
from mediamill.media.remote.wire import Wire
from mediamill.media.voices.engines.received import Unbelievable, speakable, speech_of
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice
from mediamill.settings import ProviderSettings

_PATH: Final = "/audio/speech"
#: WAV is what every such server can send, and no loss.
_FORMAT: Final = "wav"
_CHARS_A_SECOND: Final = 50.0
#: A minute and a half of stereo at 48 kHz; a sentence is shorter.
_MOST_BYTES: Final = 32 * 2**20
_PATIENCE: Final = Patience()
#: Which of ours is refused, by its code.
_NOT_TEXT: Final = re.compile("voice|model")


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
        self._url = endpoint(settings.url, _PATH)
        self._patience = patience
        peer = Peer("the speech server", settings.url, settings.api_key, code="VOICE_AWAY")
        self._server = Server(peer, patience, line=line, now=now)

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
        with self._server.calling():
            reply = self._server.ask(self._request(text, voice.engine_voice, speed), check)
            if not reply.ok:
                raise self._refused(Refusal.of(reply))
            try:
                return speech_of(reply.raw, reply.media_type, voice.rate_hz, text, speed)
            except Unbelievable as wrong:
                raise self._server.away(f"sent {len(reply.raw):,} bytes for a sentence, and {wrong}") from wrong

    def _request(self, text: str, voice: str, speed: float) -> Request:
        body: dict[str, object] = {"model": self._settings.model, "input": text, "voice": voice}
        body |= {"response_format": _FORMAT} | ({"speed": speed} if speed != 1 else {})
        read_s = self._patience.read_s + len(text) / _CHARS_A_SECOND
        return Request(self._url, read_s, 3 * read_s, _MOST_BYTES, body, accept="audio/*")

    def _refused(self, refusal: Refusal) -> PermanentError:
        of_text = refusal.field in {"", "input"} and not _NOT_TEXT.search(refusal.code)
        if refusal.of_request and of_text:
            return self._server.refused(f"refused the text ({refusal.told})", code="ENGINE_REFUSED")
        why = "what it is asked for says TTS_SERVICE_URL, TTS_SERVICE_MODEL and TTS_SERVICE_VOICES"
        if refusal.keyless:
            why = f"it {'does not take our key' if self._settings.api_key else 'wants a key'}: TTS_SERVICE_API_KEY"
        return self._server.refused(f"answers {refusal.told}; {why}", code="VOICE_DENIED")
