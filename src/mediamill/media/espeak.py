"""The library of espeak-ng, of which a process has one: for its voices, and for what it knows of pronunciation."""

import ctypes
import functools
import threading
from typing import Final

from mediamill.core.errors import PermanentError

# Names and numbers are those of espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS: Final = 2
_INITIALIZE_DONT_EXIT: Final = 0x8000
CHARS_UTF8: Final = 1

#: The library keeps its voice, and what it is saying, per process: whoever asks it for anything holds this meanwhile.
lock: Final = threading.Lock()


@functools.cache
def library() -> ctypes.CDLL:
    """Return the library, started. Only for who holds the lock.

    Raises PermanentError with code ENGINE_BROKEN where it does not start.
    """
    import espeakng_loader  # type: ignore[import-untyped]  # noqa: PLC0415 - after a fork, not before

    found = ctypes.CDLL(espeakng_loader.get_library_path())
    found.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    found.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    found.espeak_TextToPhonemes.restype = ctypes.c_char_p
    rate_hz = found.espeak_Initialize(
        _OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _INITIALIZE_DONT_EXIT
    )
    if rate_hz <= 0:
        raise PermanentError(f"espeak-ng did not start (code {rate_hz})", code="ENGINE_BROKEN")
    return found


def choose(voice: str, called: str = "") -> None:
    """Let the library speak and read by this voice. Only for who holds the lock.

    voice: the library's name of it. called: the name that a message gives it.
    Raises PermanentError with code ENGINE_REFUSED; a call after a refused voice would crash the process.
    """
    took(library().espeak_SetVoiceByName(voice.encode()), f"the voice {called or voice}")


def took(code: int, what: str) -> None:
    """Raise PermanentError with code ENGINE_REFUSED unless the library took what it was given."""
    if code != 0:
        raise PermanentError(f"espeak-ng refused {what} (code {code})", code="ENGINE_REFUSED")
