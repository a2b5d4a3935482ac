"""espeak-ng: small formant voices for very many languages, through ctypes."""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediamill.media import espeak
from mediamill.media.voices.engines.packages import version_of
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice

# Names and numbers are those of espeak-ng's speak_lib.h.
_ENDPAUSE = 0x1000
_FLAGS = espeak.CHARS_UTF8 | _ENDPAUSE
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_WORDS_PER_MINUTE = 175
#: At its own 100 the engine clips the loudest Vietnamese vowels.
_VOLUME = 70

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """espeak-ng behind our Engine. The library keeps its state per process, so one call at a time."""

    name = "espeak-ng"
    #: It has an alphabet of its own, which has no signs for much of the IPA.
    reads_ipa = False
    reads_figures = False

    def __init__(self) -> None:
        self._sound = bytearray()
        # The library keeps the address only: without this reference the callback would be freed.
        self._callback = _Callback(self._collect)

    def version(self, _voice: Voice) -> str:
        """Return the version of the library's package, with what we set."""
        return f"{version_of('espeakng-loader')}+v{_VOLUME}"

    def speak(
        self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None
    ) -> NDArray[np.int16]:
        """As Engine.speak. A flutter that the library keeps running makes repeats differ slightly."""
        del check  # it takes some milliseconds
        raw = text_of(utterance).replace("\0", " ").encode()
        with espeak.lock:
            library = espeak.library()
            library.espeak_SetSynthCallback(self._callback)
            self._sound.clear()
            espeak.choose(voice.engine_voice, called=voice.name)
            espeak.took(library.espeak_SetParameter(_PARAMETER_RATE, round(_WORDS_PER_MINUTE * speed), 0), "the speed")
            espeak.took(library.espeak_SetParameter(_PARAMETER_VOLUME, _VOLUME, 0), "the volume")
            code = library.espeak_Synth(raw, len(raw) + 1, 0, _POSITION_CHARACTER, 0, _FLAGS, None, None)
            espeak.took(code, "the text")
            espeak.took(library.espeak_Synchronize(), "the text")
            return np.frombuffer(bytes(self._sound), dtype=np.int16)

    def _collect(self, samples: Any, count: int, _events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, count * 2)
        return 0
