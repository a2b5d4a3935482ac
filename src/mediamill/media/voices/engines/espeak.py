"""espeak-ng: small formant voices for very many languages, through ctypes."""

import ctypes
import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.voices.engines.packages import version_of
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice

# Names and numbers are those of espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_ENDPAUSE = 0x1000
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
        self._lock = threading.Lock()
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
        with self._lock:
            library = self._library
            self._sound.clear()
            # A call after a refused voice would crash the process: nothing goes on after an error.
            _ok(library.espeak_SetVoiceByName(voice.engine_voice.encode()), f"the voice {voice.name}")
            _ok(library.espeak_SetParameter(_PARAMETER_RATE, round(_WORDS_PER_MINUTE * speed), 0), "the speed")
            _ok(library.espeak_SetParameter(_PARAMETER_VOLUME, _VOLUME, 0), "the volume")
            _ok(
                library.espeak_Synth(raw, len(raw) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8 | _ENDPAUSE, None, None),
                "the text",
            )
            _ok(library.espeak_Synchronize(), "the text")
            return np.frombuffer(bytes(self._sound), dtype=np.int16)

    def _collect(self, samples: Any, count: int, _events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, count * 2)
        return 0

    @functools.cached_property
    def _library(self) -> ctypes.CDLL:
        import espeakng_loader  # type: ignore[import-untyped]  # noqa: PLC0415 - after a fork, not before

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        rate_hz = library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _INITIALIZE_DONT_EXIT
        )
        if rate_hz <= 0:
            raise PermanentError(f"espeak-ng did not start (code {rate_hz})", code="ENGINE_BROKEN")
        library.espeak_SetSynthCallback(self._callback)
        return library


def _ok(code: int, what: str) -> None:
    if code != 0:
        raise PermanentError(f"espeak-ng refused {what} (code {code})", code="ENGINE_REFUSED")
