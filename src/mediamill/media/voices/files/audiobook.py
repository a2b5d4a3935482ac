"""M4B: AAC in MP4 with chapters, its index in front, so that a player begins before it has all of it.

Not written by FFmpeg's libraries: those keep 72 bytes in memory for each packet, 6 MB an hour, where
two do; and after a full disk the next call into them ends the process.
"""

import tempfile
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import copyfileobj

from mediamill.media.voices.files import mp4
from mediamill.media.voices.files.aac import PACKET_FRAMES, RATES_HZ, AacEncoder
from mediamill.media.voices.sounds.sound import Pcm


class Audiobook:
    """Collects packets beside the file; when their number is known, writes the index and then them.

    bit_rate: of the packets, bits per second.
    """

    def __init__(self, path: Path, rate_hz: int, bit_rate: int, title: str = "", author: str = "") -> None:
        self._file = path.open("wb")
        self._rate_hz = rate_hz
        self._bit_rate = bit_rate
        self._tags = mp4.Tags(title, author)
        self._sizes = array("H")
        self._chapters: list[mp4.Chapter] = []
        # Without a name, so that nothing is left of it when this process is killed.
        self._packets = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed by close()

    def put(self, packets: Iterable[bytes]) -> int:
        """Append packets; return how many."""
        before = len(self._sizes)
        for packet in packets:
            self._sizes.append(len(packet))
            self._packets.write(packet)
        return len(self._sizes) - before

    def begin_chapter(self, title: str, at_s: float) -> None:
        """Begin a chapter at `at_s` seconds. A chapter without sound gives way to the next."""
        start = round(at_s * self._rate_hz)
        if not self._chapters and start:
            self._chapters.append(mp4.Chapter(0, self._tags.title))
        if self._chapters and self._chapters[-1].start == start:
            self._chapters.pop()
        self._chapters.append(mp4.Chapter(start, title))

    def close(self, frames: int, rest: Sequence[bytes] = ()) -> int:
        """Append the rest and write the file; return its size.

        frames: of sound, without the packet in front and what fills the last one.
        """
        with self._packets, self._file as file:
            self.put(rest)
            chapters = [chapter for chapter in self._chapters if chapter.start < frames]
            file.write(mp4.front(self._sound(frames), chapters, self._tags))
            self._packets.seek(0)
            copyfileobj(self._packets, file, 1 << 20)
            file.write(mp4.titles(chapters))
            return file.tell()

    def _sound(self, frames: int) -> mp4.Sound:
        return mp4.Sound(
            rate_hz=self._rate_hz,
            rate_index=RATES_HZ.index(self._rate_hz),
            bit_rate=self._bit_rate,
            frames=frames,
            priming=PACKET_FRAMES if self._sizes else 0,
            packet_frames=PACKET_FRAMES,
            sizes=self._sizes,
        )


class BookWriter:
    """An audiobook of what one encoder makes."""

    head_bytes = 0

    def __init__(self, path: Path, rate_hz: int, title: str = "", author: str = "") -> None:
        self.settled = 0
        self._encoder = AacEncoder(rate_hz)
        self._book = Audiobook(path, rate_hz, self._encoder.bit_rate, title, author)

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self._book.put(self._encoder.encode(wave))

    def begin_chapter(self, title: str, at_s: float) -> None:
        """As `Audiobook.begin_chapter`."""
        self._book.begin_chapter(title, at_s)

    def close(self) -> None:
        """Write the file."""
        self.settled = self._book.close(self._encoder.frames, self._encoder.flush())
