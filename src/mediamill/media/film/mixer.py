"""Makes a film's sound: words, music below them, one loudness. Runs in the crew.

All of it streams, again and again rather than through memory, which grows by 200 bytes for a second of the film: to
hear how loud the words are, then how loud the whole became, and to write it.
"""

import wave
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress
from mediamill.media.film import narration, tune
from mediamill.media.film.bed import Bed
from mediamill.media.film.ceiling import Ceiling
from mediamill.media.film.ducking import Ducking
from mediamill.media.film.meter import Meter
from mediamill.media.film.pcm import RATE_HZ, Wave, factor
from mediamill.media.film.soundtrack import Music, Order
from mediamill.media.voices.files.formats import LONGEST_WAV_BYTES

#: Integrated, of all that is mixed, BS.1770-4.
TARGET_LUFS: Final = -16.0
#: A single channel is another loudness in each player: browsers play it on both speakers as it is, FFmpeg's at -3 dB;
#: and a meter counts it once, however many play it. Two are what the meter says, with music and without.
_CHANNELS: Final = 2
#: What is further away is no speech: nobody's breath becomes as loud as a voice.
_MOST_DB: Final = 24.0
#: What is so far below the voice's loudness, or below what can be heard, is a pause; of one channel of the two.
_PAUSE_DB: Final = 23.0
_SILENT_DB: Final = -70.0


def mix(order: Order, on_progress: OnProgress) -> Mapping[str, object]:
    """Write the sound of a film: 48 kHz, 16 bits, two channels; -16 LUFS, -1 dBTP at most.

    Each part is as long as its picture, to the sample. Raises what narration.py and tune.py raise, and PermanentError
    with code SOUND_TOO_LONG for more than a WAV can count.
    """
    frames = sum(part.frames for part in order.parts) * RATE_HZ // order.fps
    _check_length(frames)
    voice = _listen(order)
    voice_db = _gain_db(voice.loudness, TARGET_LUFS)
    on_progress(0.2)
    with ExitStack() as stack:
        bed = None
        if order.music:
            music = stack.enter_context(TemporaryFile(dir=order.to.parent))
            bed = _bed(order.music, voice, frames, music)
        on_progress(0.4)
        # The music adds to it, and the ceiling takes: half a dB of a lively voice.
        became = None if voice.loudness is None else _loudness(_limited(_mixed(order, voice_db, bed)))
        on_progress(0.7)
        whole = factor(_gain_db(became, TARGET_LUFS))
        _write(_limited(piece * whole for piece in _mixed(order, voice_db, bed)), order.to, frames)
    return {}


def _check_length(frames: int) -> None:
    if frames * 2 * _CHANNELS > LONGEST_WAV_BYTES:
        raise PermanentError(
            f"the film is {frames / RATE_HZ / 3600:.1f} hours long; "
            f"{LONGEST_WAV_BYTES / 2 / _CHANNELS / RATE_HZ / 3600:.1f} are the limit",
            code="SOUND_TOO_LONG",
        )


@dataclass(frozen=True)
class _Voice:
    """What is spoken. loudness: LUFS; None: nothing can be heard. speaking: in each of its cells."""

    loudness: float | None
    speaking: NDArray[np.bool_]
    cell_s: float


def _listen(order: Order) -> _Voice:
    meter, powers, cell = Meter(narration.VOICE_HZ), array("f"), narration.VOICE_HZ // order.fps
    for piece in narration.pieces(order.parts, order.fps):
        meter.hear(piece)
        powers.extend(np.square(piece).reshape(-1, cell).mean(axis=1))
    loudness = meter.loudness()
    pause_db = _SILENT_DB if loudness is None else max(_SILENT_DB, loudness - _PAUSE_DB)
    return _Voice(loudness, np.frombuffer(powers, np.float32) > 10 ** (pause_db / 10), 1 / order.fps)


def _bed(music: Music, voice: _Voice, frames: int, file: BinaryIO) -> Bed:
    found = tune.decoded(music.path, file, frames)
    gain_db = _gain_db(found.loudness, TARGET_LUFS + music.volume_db)
    ducking = Ducking(voice.speaking, voice.cell_s, music.ducking_db)
    return Bed(tune.Loop(found, frames), ducking, gain_db, frames)


def _gain_db(loudness: float | None, target: float) -> float:
    """Return what brings a sound to a loudness; 0 for silence."""
    return 0.0 if loudness is None else max(-_MOST_DB, min(target - loudness, _MOST_DB))


def _mixed(order: Order, voice_db: float, bed: Bed | None) -> Iterator[Wave]:
    """Yield the mix: two channels, or one where they are the same."""
    at = 0
    for voice in narration.raised(narration.pieces(order.parts, order.fps)):
        loud = voice * factor(voice_db)
        yield loud if bed is None else loud + bed.read(at, voice.shape[0])
        at += voice.shape[0]


def _loudness(waves: Iterable[Wave]) -> float | None:
    meter = Meter(RATE_HZ)
    for piece in waves:
        meter.hear(piece)
    return meter.loudness()


def _limited(waves: Iterable[Wave]) -> Iterator[Wave]:
    ceiling = Ceiling()
    for piece in waves:
        yield ceiling.of(piece)
    yield ceiling.rest()


def _write(waves: Iterable[Wave], to: Path, frames: int) -> None:
    with wave.open(str(to), "wb") as file:
        file.setnchannels(_CHANNELS)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.setnframes(frames)
        for piece in waves:
            samples = np.rint(piece * np.float32(32_767)).astype("<i2")
            file.writeframesraw(np.broadcast_to(samples, (samples.shape[0], _CHANNELS)).tobytes())
        if file.tell() != frames:
            raise ValueError(f"{file.tell()} samples were mixed for {frames}")
