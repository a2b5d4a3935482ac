"""What every channel of the live site shows: a picture that is its own number, and a beep. Encoded as it is asked for,
once per process, whoever watches.

The number is drawn as sixteen squares, black and white, above the same sixteen turned round: a picture that a decoder
patched up shows squares that do not agree, and counts as damaged.
"""

import io
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import av
import numpy as np

FPS: Final = 10
#: A key frame every so many: the shortest segment, and what a viewer who comes later may miss.
GOP_FRAMES: Final = 2
GOP_S: Final = GOP_FRAMES / FPS
#: Numbers begin at 0 again here, after 1 h 49 min of stream.
NUMBERS: Final = 2**16
#: What `frames` gives for a picture whose squares do not agree.
DAMAGED: Final = -1

_RATE_HZ: Final = 24_000
_AAC_SAMPLES: Final = 1_024
#: A whole number of AAC frames and of beeps: the sound goes round.
_SOUND_S: Final = 3.2
_SOUND_PACKETS: Final = round(_SOUND_S * _RATE_HZ / _AAC_SAMPLES)
_BEEP_EVERY_S: Final = 0.8
_BEEP_S: Final = 0.1
_BITS: Final = 16
_BLACK: Final = 16
_WHITE: Final = 235
_GREY: Final = 128

Luma = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Picture:
    """A size, px; `bits_s` above 0 fills the stream up to a constant rate, for measurements."""

    width: int = 160
    height: int = 90
    bits_s: int = 0


#: What channels show unless told, and what they change to.
WIDE: Final = Picture()
SMALL: Final = Picture(width=128, height=72)


@dataclass(frozen=True)
class Encoded:
    """A packet of one track, with its time in units of `base` seconds."""

    track: Literal["video", "audio"]
    content: bytes
    time: int
    base: Fraction
    is_key: bool


class Film:
    """The encoded stream of one picture size; it goes on for as long as somebody asks for more.

    All of it is kept: 6 kB for a second of stream, or what `bits_s` says.
    """

    def __init__(self, picture: Picture) -> None:
        self._lock = Lock()
        self._pictures: list[list[Encoded]] = []
        self._picture = picture
        self._box: Any = av.open(io.BytesIO(), "w", format="mp4")  # asks the encoders for headers of their own
        self.video: Any = self._box.add_stream("libx264", rate=FPS, options=_x264(picture))
        self.video.width, self.video.height, self.video.pix_fmt = picture.width, picture.height, "yuv420p"
        self.audio: Any = self._box.add_stream("aac", rate=_RATE_HZ, layout="mono")
        self._box.start_encoding()
        self._sound = self._encode_sound()

    def gop(self, number: int) -> list[Encoded]:
        """Return the packets of a group of pictures, from 0, and the sound beside it."""
        with self._lock:
            while len(self._pictures) <= number:
                self._pictures.append(self._encode_pictures(len(self._pictures)))
            return self._pictures[number] + self._beside(number)

    def _encode_pictures(self, gop: int) -> list[Encoded]:
        packets: list[Encoded] = []
        for number in range(gop * GOP_FRAMES, (gop + 1) * GOP_FRAMES):
            frame = av.VideoFrame.from_ndarray(_drawn(number % NUMBERS, self._picture), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            packets += [
                Encoded("video", bytes(packet), number, Fraction(1, FPS), packet.is_keyframe)
                for packet in self.video.encode(frame)
            ]
        return packets

    def _beside(self, gop: int) -> list[Encoded]:
        first, end = (math.ceil(at * GOP_S * _RATE_HZ / _AAC_SAMPLES - 1e-6) for at in (gop, gop + 1))
        return [
            Encoded("audio", self._sound[n % _SOUND_PACKETS], n * _AAC_SAMPLES, Fraction(1, _RATE_HZ), is_key=True)
            for n in range(first, end)
        ]

    def _encode_sound(self) -> list[bytes]:
        """Encode two rounds and keep the second: the encoder has then heard what comes before its first."""
        time_s = np.arange(round(2 * _SOUND_S * _RATE_HZ)) / _RATE_HZ
        beeps = np.sin(time_s * 2 * np.pi * 1_000) * (time_s % _BEEP_EVERY_S < _BEEP_S)
        frame = av.AudioFrame.from_ndarray((beeps * 8_000).astype(np.int16)[np.newaxis], format="s16", layout="mono")
        frame.sample_rate, frame.pts = _RATE_HZ, 0
        packets = [bytes(packet) for packet in [*self.audio.encode(frame), *self.audio.encode(None)]]
        return packets[_SOUND_PACKETS : 2 * _SOUND_PACKETS]


@cache
def film(picture: Picture) -> Film:
    """Return the one film of this size."""
    return Film(picture)


def frames(path: Path) -> list[int]:
    """Return the numbers of the pictures of a file in the order they are shown; `DAMAGED` for one that is not whole.

    Pictures of which nothing is left are not in the list. Raises av.error.FFmpegError when there is no video to open.
    """
    numbers: list[int] = []
    with av.open(str(path)) as file:
        for packet in file.demux(video=0):
            with suppress(av.error.InvalidDataError):  # a packet that was cut
                numbers += [_number(frame) for frame in packet.decode()]
    return numbers


def lost(numbers: Sequence[int]) -> int:
    """Return how many pictures are missing between the first and the last, damaged ones among them."""
    seen = [number for number in numbers if number != DAMAGED]
    return sum(max(_step(a, b) - 1, 0) for a, b in pairwise(seen))


def repeated(numbers: Sequence[int]) -> int:
    """Return how many pictures are there again, or go back."""
    seen = [number for number in numbers if number != DAMAGED]
    return sum(_step(a, b) <= 0 for a, b in pairwise(seen))


def _step(a: int, b: int) -> int:
    """Return how far it is from number to number, the short way round."""
    return (b - a + NUMBERS // 2) % NUMBERS - NUMBERS // 2


def _drawn(number: int, picture: Picture) -> Luma:
    """Return a frame in yuv420p: squares of the number in its upper half, the same turned round in its lower half."""
    bits = np.array([number >> bit & 1 for bit in range(_BITS)], np.uint8)
    row = np.repeat(bits, picture.width // _BITS)
    upper = np.where(row, _WHITE, _BLACK).astype(np.uint8)
    half = picture.height // 2
    frame = np.full((picture.height * 3 // 2, picture.width), _GREY, np.uint8)
    frame[:half, : row.size] = upper
    frame[half : picture.height, : row.size] = _WHITE + _BLACK - upper
    return frame


def _number(frame: av.VideoFrame) -> int:
    shown = frame.to_ndarray(format="gray")
    height, width = shown.shape
    columns = [(bit * 2 + 1) * (width // _BITS) // 2 for bit in range(_BITS)]
    upper, lower = (shown[height * at // 4, columns] > _GREY for at in (1, 3))
    if frame.is_corrupt or (upper == lower).any():
        return DAMAGED
    return sum(1 << bit for bit, white in enumerate(upper) if white)


def _x264(picture: Picture) -> dict[str, str]:
    params: dict[str, object] = {"keyint": GOP_FRAMES, "min-keyint": GOP_FRAMES, "scenecut": 0, "threads": 1}
    if picture.bits_s:
        kilobits = picture.bits_s // 1_000
        params |= {"nal-hrd": "cbr", "bitrate": kilobits, "vbv-maxrate": kilobits, "vbv-bufsize": kilobits}
    joined = ":".join(f"{name}={value}" for name, value in params.items())
    return {"preset": "ultrafast", "tune": "zerolatency", "x264-params": joined}
