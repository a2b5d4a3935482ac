"""Sound that another server sent: decoded, and looked at before anybody believes it."""

import io
import itertools
import re
import unicodedata
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.sounds.sound import trimmed

#: How long what is written takes to say at pace 1, seconds a character: at the very least, and at the very most.
#: English and Vietnamese are read at 12 to 18 letters a second.
_SHORTEST_S: Final = 0.02
_LETTER_S: Final = 0.3
#: A digit, a sign, a letter that is a word.
_WORD_S: Final = 1.5
_SPARE_S: Final = 5.0
#: Wide characters (Han, kana, Hangul) are syllables.
_WIDE: Final = frozenset("WF")
#: Raw samples have no head, so that nothing but their media type says what they are.
_RAW: Final = re.compile(r"audio/(?:pcm|l16)\b", re.IGNORECASE)
_RAW_RATE: Final = re.compile(r"rate=(\d{4,6})\b", re.IGNORECASE)
_RAW_RATE_HZ: Final = 24_000
_ID3: Final = b"ID3"
_MPEG_SYNC: Final = 0xFFE0
_MPEG_LAYER: Final = 0x0006

Pcm = NDArray[np.int16]


class Unbelievable(Exception):  # noqa: N818 - named for what was received
    """This is no speech of that text; the message says why."""


def speech_of(raw: bytes, media_type: str, rate_hz: int, text: str, speed: float) -> Pcm:
    """Return what was received as int16, shape (frames,), mono, at `rate_hz`.

    media_type: as its sender called it; what it is, its first bytes say. Raises Unbelievable when it is
    no sound, has nothing in it that can be heard, or is far shorter or longer than `text` can be.
    """
    longest_s = longest(text, speed)
    wave = _decoded(raw, media_type, rate_hz, longest_s)
    heard_s = trimmed(wave, rate_hz).size / rate_hz
    if heard_s == 0:
        raise Unbelievable("nothing can be heard in it")
    if heard_s < shortest(text, speed):
        raise Unbelievable(f"{heard_s:.1f} s of sound is too little for {len(text)} characters")
    return wave


def speakable(text: str) -> bool:
    """Whether anything in a text can be said."""
    return any(character.isalnum() for character in text)


def shortest(text: str, speed: float) -> float:
    """Return the seconds under which nobody can have said a text."""
    return sum(map(str.isalnum, text)) * _SHORTEST_S / speed


def longest(text: str, speed: float) -> float:
    """Return the seconds above which nobody takes to say a text."""
    return _SPARE_S + sum(map(_slowest, text)) / speed


def _slowest(character: str) -> float:
    if character.isspace():
        return 0.0
    wide = unicodedata.east_asian_width(character) in _WIDE
    return _LETTER_S if character.isalpha() and not wide else _WORD_S


def _decoded(raw: bytes, media_type: str, rate_hz: int, longest_s: float) -> Pcm:
    options: dict[str, str] = {}
    form = _form(raw)
    if form is None and _RAW.match(media_type):
        told = _RAW_RATE.search(media_type)
        form, options = "s16le", {"sample_rate": told[1] if told else str(_RAW_RATE_HZ), "ch_layout": "mono"}
    if form is None:
        raise Unbelievable("it is no sound")
    try:
        return _played(raw, form, options, rate_hz, longest_s)
    except (av.FFmpegError, ValueError) as error:
        raise Unbelievable(f"it cannot be decoded as {form} ({type(error).__name__})") from error


def _form(raw: bytes) -> str | None:
    """Return FFmpeg's name of what the first bytes are the beginning of.

    It is named to FFmpeg, which would otherwise try all that it knows: playlists too, which name other files.
    """
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        return "wav"
    if raw[4:8] == b"ftyp":
        return "mp4"
    for mark, form in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"\x1aE\xdf\xa3", "matroska"), (_ID3, "mp3")):
        if raw.startswith(mark):
            return form
    head = int.from_bytes(raw[:2], "big")
    if head & _MPEG_SYNC == _MPEG_SYNC:
        return "mp3" if head & _MPEG_LAYER else "aac"
    return None


def _played(raw: bytes, form: str, options: dict[str, str], rate_hz: int, longest_s: float) -> Pcm:
    pieces: list[Pcm] = []
    frames, most = 0, round(longest_s * rate_hz)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    with av.open(io.BytesIO(raw), "r", format=form, options=options) as box:
        if not box.streams.audio:
            raise Unbelievable("there is no sound in it")
        for frame in itertools.chain(box.decode(box.streams.audio[0]), [None]):
            for piece in resampler.resample(frame):
                pieces.append(piece.to_ndarray()[0])
                frames += pieces[-1].size
            if frames > most:
                raise Unbelievable(f"more than {longest_s:.0f} s of sound is too much for the text")
    return np.concatenate([np.zeros(0, np.int16), *pieces]).astype(np.int16, copy=False)
