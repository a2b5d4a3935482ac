"""Speech that can be heard while it is made: the growing file, published in slices."""

from pathlib import Path
from typing import Final

from mediamill import Context
from mediamill.media.voices.files.encode import SoundFile

#: Names of the slices, in order. They are the final file, but for its head, which is corrected at the end.
PART: Final = "stream/{:06}"
#: A slice costs a file and a move of the store; after the first one they may be of some seconds of sound.
_SLICE_BYTES: Final = 16 * 1024


class Publisher:
    """Publishes what has settled of a sound file.

    The attempt after a crash publishes the same slices again: sentences come from the cache, and the
    encoders are deterministic. So somebody who listens meanwhile hears no joint.
    """

    def __init__(self, ctx: Context, path: Path, file: SoundFile) -> None:
        self._ctx = ctx
        self._path = path
        self._file = file
        self._published = 0
        self._count = 0

    def publish(self) -> None:
        """Publish what was written since the last slice, if it is enough."""
        size = self._file.settled - self._published
        if size < (_SLICE_BYTES if self._count else 1):
            return
        self._count += 1
        part = self._ctx.scratch / f"slice-{self._count}"
        with self._path.open("rb") as whole:
            whole.seek(self._published)
            part.write_bytes(whole.read(size))
        self._published += size
        self._ctx.publish(PART.format(self._count), part)
        part.unlink()
