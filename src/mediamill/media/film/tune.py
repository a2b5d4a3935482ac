"""Music that somebody sent: decoded once, then heard again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.film.meter import Meter
from mediamill.media.film.pcm import RATE_HZ, Wave

_CHANNELS: Final = 2
_FRAME_BYTES: Final = 2 * _CHANNELS
#: A longer film hears the music's first half hour again.
_LONGEST_S: Final = 1_800
#: A shorter one is no music, but a buzz when it is repeated.
_SHORTEST_S: Final = 1.0
#: Samples. What is shorter is said to be nothing rather than 0.00 s.
_HEARD: Final = RATE_HZ // 100
#: Samples a second that a sound may have. Beyond them it is a file that says something wrong.
_RATES: Final = range(1_000, 768_001)
#: From the end into the beginning again; of a short one a quarter.
_CROSSFADE_S: Final = 2.0
#: A file with so many bad packets is not damaged, it is something else.
_MOST_BAD_PACKETS: Final = 200
_MOST_STREAMS: Final = 64

#: What holds sound by itself. Not among them: playlists, which name other files and addresses to be opened.
_FORMATS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,m4a,matroska,mov,mp3,mp4,mpeg,mpegts,ogg,tta,w64,wav,webm,wv"
)


@dataclass(frozen=True)
class Tune:
    """Decoded music: int16, two channels, RATE_HZ, nothing else in the file. loudness: LUFS; None when silent."""

    samples: BinaryIO
    frames: int
    loudness: float | None


def decoded(music: Path, to: BinaryIO, frames: int) -> Tune:
    """Decode as much as a film of so many frames needs, half an hour at most, into an empty file.

    music: anything with sound in it that FFmpeg knows; of several streams the first one.
    Raises PermanentError with code MUSIC_UNREADABLE, which says what it is instead.
    """
    meter, wanted, had = Meter(RATE_HZ), min(frames, _LONGEST_S * RATE_HZ), 0
    for wave in _waves(music):
        piece = wave[: wanted - had]
        to.write(piece.tobytes())
        meter.hear(piece.astype(np.float32) / np.float32(32_768))
        had += piece.shape[0]
        if had == wanted:
            break
    if had < min(wanted, _SHORTEST_S * RATE_HZ):
        seen = f"{had / RATE_HZ:.2f} s long" if had >= _HEARD else "empty, or nothing of it can be decoded"
        raise _unreadable(f"it is {seen}; {_SHORTEST_S:g} s are needed")
    return Tune(to, had, meter.loudness())


def _waves(music: Path) -> Iterator[NDArray[np.int16]]:
    """Yield the first stream's sound, shape (frames, 2)."""
    with _opened(music) as container:
        frames = _frames(container, _stream(container))
        try:
            # Two sounds that somebody glued together may have two rates.
            for _, alike in groupby(frames, key=lambda frame: (frame.format.name, frame.layout.name, frame.rate)):
                resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE_HZ)
                for frame in chain(alike, [None]):
                    yield from map(_samples, resampler.resample(frame))
        except (av.FFmpegError, ValueError) as error:
            raise _unreadable(f"its sound cannot be converted ({_words(error)})") from error


def _samples(frame: av.AudioFrame) -> NDArray[np.int16]:
    return np.asarray(frame.to_ndarray(), dtype=np.int16).reshape(-1, _CHANNELS)


def _opened(music: Path) -> InputContainer:
    try:
        return av.open(
            str(music),
            metadata_errors="ignore",
            container_options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable(
            "it is neither a sound nor a video that can be read, or is broken at its beginning"
        ) from error


def _stream(container: InputContainer) -> AudioStream:
    if len(container.streams) > _MOST_STREAMS:
        raise _unreadable(f"it has {len(container.streams)} streams; {_MOST_STREAMS} are the limit")
    if not container.streams.audio:
        raise _unreadable("there is no sound in it")
    stream = container.streams.audio[0]
    # None for a codec that nobody knows, 0 for a rate that only the packets tell: decoding says more of both.
    rate = stream.codec_context.sample_rate if stream.codec_context else 0
    if rate and rate not in _RATES:
        raise _unreadable(
            f"it says it has {rate:,} samples a second; {_RATES.start:,} to {_RATES.stop - 1:,} can be heard"
        )
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Yield what can be decoded; a damaged file is heard without its bad places, a torn one up to where it ends."""
    bad = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError as error:
            bad += 1
            if bad > _MOST_BAD_PACKETS:
                raise _unreadable(f"its sound is damaged ({_words(error)})") from error


def _unreadable(why: str) -> PermanentError:
    return PermanentError(f"the music cannot be used: {why}", code="MUSIC_UNREADABLE")


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)


class Loop:
    """A tune for a whole film: where it is over, it goes into its beginning.

    frames: of the film.
    """

    def __init__(self, tune: Tune, frames: int) -> None:
        self._tune = tune
        self._fade = min(round(_CROSSFADE_S * RATE_HZ), tune.frames // 4) if tune.frames < frames else 0
        self._period = tune.frames - self._fade
        # Two different places of a tune add up as powers do.
        angle = (np.arange(self._fade, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / max(1, self._fade))
        self._rising, self._falling = np.sin(angle)[:, None], np.cos(angle)[:, None]

    def read(self, at: int, count: int) -> Wave:
        """Return `count` samples from sample `at` of the film on."""
        pieces, end = list[Wave](), at + count
        while at < end:
            turn, begin = divmod(at, self._period)
            length = min(end - at, self._period - begin)
            pieces.append(self._turn(begin, length, again=turn > 0))
            at += length
        return np.concatenate(pieces)

    def _turn(self, begin: int, count: int, *, again: bool) -> Wave:
        """Return a part of one turn; in its first seconds the turn before is still heard."""
        wave = self._samples(begin, count)
        fading = min(count, self._fade - begin)
        if again and fading > 0:
            both = slice(begin, begin + fading)
            wave[:fading] *= self._rising[both]
            wave[:fading] += self._samples(self._period + begin, fading) * self._falling[both]
        return wave

    def _samples(self, begin: int, count: int) -> Wave:
        self._tune.samples.seek(begin * _FRAME_BYTES)
        stored = np.frombuffer(self._tune.samples.read(count * _FRAME_BYTES), np.int16)
        return stored.reshape(-1, _CHANNELS).astype(np.float32) / np.float32(32_768)
