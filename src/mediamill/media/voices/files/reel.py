"""Sound on its way to an encoder that may have had all of it before."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from mediamill.core.context import Context
from mediamill.media.makers import made_by
from mediamill.media.voices.files.encode import delay_frames, sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.sounds.sound import Pcm

_HERE: Final = Path(__file__).parent
#: The code that decides on the bytes of an encoded file.
SOURCES: Final = (
    *(_HERE / f"{name}.py" for name in ("aac", "audiobook", "containers", "encode", "mp3", "mp4", "reel", "wav")),
    _HERE.parent / "sounds",
)
_LIBRARIES: Final = ("av", "lameenc", "numpy", "soxr")
#: Ten seconds: some hundredths of a second of an encoder's work from one `check` to the next.
_PIECE_BYTES: Final = 480_000


class Reel:
    """Takes sound as a `SoundFile` does, at RATE_HZ. With all of it there, `encoded` has it encoded, once.

    It is known by its samples, so whatever made them other ones makes another file.
    delay_frames: as of `SoundFile`.
    """

    def __init__(self, path: Path, form: Format, rate_hz: int) -> None:
        self.delay_frames: Final = delay_frames(form, rate_hz)
        self._path = path
        self._form = form
        self._rate_hz = rate_hz
        self._digest = hashlib.sha256()
        self._file = path.open("wb")

    def write(self, wave: Pcm) -> None:
        """Append int16 mono at RATE_HZ."""
        samples = wave.astype("<i2", copy=False).tobytes()
        self._digest.update(samples)
        if wave.any():
            self._file.write(samples)
        else:  # a hole: pauses of hours take no room on the disk
            self._file.seek(len(samples), 1)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more."""
        with self._file:
            self._file.truncate()  # where the last thing was a hole

    def encoded(self, ctx: Context) -> Path:
        """Return the sound as a file of the format, to be read only: the one of the step cache, if it is there.

        Memory does not grow with the sound. Raises what `SoundFile.write` raises.
        """

        def make(to: Path) -> None:
            with sound_file(to, self._form, rate_hz=self._rate_hz) as file:
                for wave in self._waves():
                    ctx.check()
                    file.write(wave)

        maker = made_by(*SOURCES, libraries=_LIBRARIES)
        path = ctx.cached(f"sound:{maker}:{self._form}:{self._rate_hz}:{self._digest.hexdigest()}", make)
        if path.stat().st_size:
            return path
        ctx.log("voice.cache_damaged", size_bytes=0)
        anew = self._path.with_suffix(f".{self._form}")
        make(anew)
        return anew

    def _waves(self) -> Iterator[Pcm]:
        with self._path.open("rb") as file:
            while samples := file.read(_PIECE_BYTES):
                yield np.frombuffer(samples, "<i2")
