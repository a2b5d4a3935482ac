"""Films that flash when they beep, and what is seen and heard in a finished one."""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from mediamill.media.film import cut, editor, encoder
from mediamill.media.film.cut import Chapter, Cut
from mediamill.media.film.look import Container, Look
from mediamill.media.film.segment import Segment
from mediamill.media.film.soundtrack import Music, Order, Part, Recording, Track
from mediamill.media.pictures.slide import Frame

VOICE_HZ = 24_000
RATE_HZ = 48_000
FLASH_FRAMES = 3
WHITE, GREY = 235, 64
SMALL = Look(frame=Frame(320, 180))


def quiet(_fraction: float) -> None:
    """Hear of progress, and do nothing."""


def write_wav(path: Path, sound: NDArray[np.float64], rate_hz: int = VOICE_HZ) -> Path:
    """Write a WAV; sound: -1..1, shape (samples,) or (samples, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> NDArray[np.float64]:
    """Return what is in a WAV: shape (samples, channels)."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels()) / 32_768


def tone(hz: float, seconds: float, rate_hz: int = VOICE_HZ, level: float = 0.5) -> NDArray[np.float64]:
    """Return a sine."""
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def beeping(samples: int) -> NDArray[np.float64]:
    """Return a beep of 0.12 s, and silence."""
    sound = np.zeros(samples)
    sound[: round(0.12 * VOICE_HZ)] = tone(1_000, 0.12)
    return sound


def speaking(seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """Return what has a voice's rhythm and peaks: a buzz in syllables, with pauses between sentences."""
    random = np.random.default_rng(seed)
    at = np.arange(round(seconds * VOICE_HZ)) / VOICE_HZ
    buzz = np.sum([np.sin(2 * np.pi * 130 * k * at + k * k) / k for k in range(1, 24)], axis=0)
    syllables = np.clip(np.sin(2 * np.pi * 4.1 * at + 1.5 * np.sin(at)), 0, 1) ** 0.7
    sentences = (np.mod(at, 3.1) < 2.6).astype(float)
    sound = buzz * syllables * sentences + 0.02 * random.standard_normal(at.size) * syllables * sentences
    return np.asarray(0.35 * sound / np.abs(sound).max())


def flashing(path: Path, frames: int, look: Look = SMALL, *, colour: int = GREY) -> Path:
    """Shoot a segment that is white at first: only changes and every second are stored, or each frame."""
    changes = {0, min(FLASH_FRAMES, frames - 1), frames - 1} | set(range(FLASH_FRAMES, frames, look.fps))
    with Segment(path, look) as segment:
        for number in range(frames) if look.constant_rate else sorted(changes):
            bright = WHITE if number < FLASH_FRAMES else colour
            for plane, value in zip(segment.canvas, (bright, 128, 128), strict=True):
                plane.fill(value)
            segment.add(number)
    return path


@dataclass(frozen=True)
class Reel:
    """What a film is made of: scenes of so many frames."""

    parts: tuple[Part, ...]
    segments: tuple[Path, ...]
    look: Look

    @property
    def frames(self) -> int:
        """How long the film is to be."""
        return sum(part.frames for part in self.parts)

    @property
    def starts(self) -> list[int]:
        """At which frame each scene begins."""
        return [sum(part.frames for part in self.parts[:number]) for number in range(len(self.parts))]


def reel(folder: Path, sounds: Sequence[NDArray[np.float64]], look: Look = SMALL) -> Reel:
    """Shoot a flashing scene for each sound, as long as it and no longer than it must be."""
    parts, segments = list[Part](), list[Path]()
    for number, sound in enumerate(sounds):
        frames = -(-sound.size * look.fps // VOICE_HZ)
        parts.append(Part(write_wav(folder / f"{number}.wav", sound), frames))
        segments.append(flashing(folder / f"{number}.{look.container}", frames, look))
    return Reel(tuple(parts), tuple(segments), look)


def recorded(folder: Path, made: Reel, music: Music | None = None) -> tuple[Track, ...]:
    """Make the sound of a reel: of each scene, or with music of all."""
    pieces = [made.parts] if music else [(part,) for part in made.parts]
    return tuple(track(folder, number, piece, music, made.look) for number, piece in enumerate(pieces))


def track(folder: Path, number: int, parts: tuple[Part, ...], music: Music | None, look: Look) -> Track:
    """Make one piece of sound."""
    to = folder / f"{number}.sound"
    mix = Order(parts, music, look.fps, folder / "mix.wav")
    encoder.record(Recording(mix, look.container, to), quiet)
    return Track(to, sum(part.frames for part in parts))


def film(folder: Path, made: Reel, *, language: str = "vi", srt: str | None = None, music: Music | None = None) -> Path:
    """Put a reel together, with a chapter for each scene."""
    to = folder / f"film.{made.look.container}"
    subtitles = None
    if srt is not None:
        subtitles = folder / "captions.srt"
        subtitles.write_text(srt, encoding="utf-8")
    chapters = tuple(Chapter(f"Cảnh {number}", frame) for number, frame in enumerate(made.starts, 1))
    sound = recorded(folder, made, music)
    order = Cut(made.segments, sound, "Ong nói chuyện thế nào", language, chapters, subtitles)
    editor.cut(cut.Order(order, made.look, to), quiet)
    return to


def in_webm(look: Look = SMALL) -> Look:
    """Return the same look for VP9."""
    return replace(look, container=Container.WEBM)


def flashes(path: Path) -> list[float]:
    """Return when the picture becomes white, seconds."""
    found, white = list[float](), False
    with av.open(str(path)) as file:
        for frame in file.decode(file.streams.video[0]):
            plane = frame.planes[0]
            pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            now = float(pixels.mean()) > (WHITE + GREY) / 2
            if now and not white:
                found.append(float(frame.time or 0.0))
            white = now
    return found


def heard(path: Path) -> tuple[float, NDArray[np.float32]]:
    """Return when the sound of a film begins, seconds, and its samples: shape (samples, channels)."""
    with av.open(str(path)) as file:
        frames = list(file.decode(file.streams.audio[0]))
    pieces = [frame.to_ndarray().reshape(-1, frame.samples) for frame in _as_floats(frames)]
    return float(frames[0].time or 0.0), np.concatenate(pieces, axis=1).T.astype(np.float32)


def _as_floats(frames: Sequence[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="fltp", layout=frames[0].layout, rate=RATE_HZ)
    for frame in [*frames, None]:
        yield from resampler.resample(frame)


def beeps(path: Path) -> list[float]:
    """Return when it begins to beep, seconds."""
    begin, sound = heard(path)
    loud = np.flatnonzero(np.abs(sound[:, 0]) > 0.3 * np.abs(sound).max())
    starts = loud[np.concatenate([[True], np.diff(loud) > 0.3 * RATE_HZ])]
    return [begin + float(start) / RATE_HZ for start in starts]


def apart_ms(path: Path) -> list[float]:
    """Return how much later than its flash each beep is, milliseconds."""
    seen, sounded = flashes(path), beeps(path)
    assert len(seen) == len(sounded)
    return [1_000 * (beep - flash) for flash, beep in zip(seen, sounded, strict=True)]


def frame_time(number: int, fps: int) -> float:
    """Return when a frame is shown, seconds."""
    return float(Fraction(number, fps))
