"""What has been read of a book, bound: one sound file, its chapters, captions over all of it."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from mediamill import Context, PermanentError, Result
from mediamill.media.voices.files import captions
from mediamill.media.voices.files.captions import Cue
from mediamill.media.voices.files.joining import Joined, joined_file
from mediamill.media.voices.sounds.sound import RATE_HZ
from mediamill.services.speech.chapters import Chapter
from mediamill.services.speech.params import Params
from mediamill.services.speech.section import CUES, PARAGRAPHS, read_cues

_LONGEST_NAME_BYTES: Final = 80
#: What file systems, archives and shells take for something else.
_UNSAFE: Final = re.compile(r"[/\\:*?\"<>|\s]+")


@dataclass(frozen=True)
class Piece:
    """A section that has been read: see `section.read_section`."""

    sound: Path
    cues: Path
    data: Mapping[str, Any]

    @classmethod
    def of(cls, read: Result) -> Self:
        """Return what a section's job made."""
        sound = next(path for name, path in read.files.items() if name != CUES)
        return cls(sound, read.files[CUES], read.data)


def bind(  # noqa: PLR0913 - what is bound, and how
    found: Sequence[Chapter],
    pieces: Iterator[Piece],
    params: Params,
    ctx: Context,
    *,
    begins_at: float | None = None,
    chapter_files: bool = False,
) -> Result:
    """Join the pieces, which are the sections of the chapters in order, or the first ones of them.

    begins_at: the job's progress when it begins; None: who makes the pieces tells it.
    chapter_files: each chapter as a file of its own, too, where there are two at least.
    Memory does not grow with the book, but by some bytes for each second of an M4B.
    """
    places = [(chapter, place == 0) for chapter in found for place in range(len(chapter.sections))]
    with _Volume(params, ctx.scratch, apart=chapter_files and len(found) > 1) as volume:
        for number, ((chapter, begins), piece) in enumerate(zip(places, pieces, strict=False), start=1):
            if begins and len(found) > 1:
                volume.begin_chapter(chapter.title)
            volume.add(piece)
            if begins_at is None:
                ctx.check()
            else:
                ctx.progress(begins_at + (1 - begins_at) * number / len(places), f"section {number} of {len(places)}")
    if not volume.heard:
        raise PermanentError("the voice made no sound of this text", code="NO_SOUND")
    data = volume.facts(complete=len(volume.data) == len(places))
    return Result(
        files={**volume.files, **_captions(volume, ctx.scratch, params), **_listed(volume, ctx.scratch)},
        data={**data, "chapters": len(volume.chapters), "sections": len(places)},
        keep_parts=False,
        reusable=data["complete"] and not data["degraded"],
    )


class _Volume:
    """A sound file that chapters and sections are put into; `apart`: and a file for each chapter."""

    def __init__(self, params: Params, folder: Path, *, apart: bool) -> None:
        self.data: list[Mapping[str, Any]] = []
        self.chapters: list[dict[str, Any]] = []
        whole = folder / f"speech.{params.format}"
        self.files = {whole.name: whole}
        self._params = params
        self._folder = folder
        self._apart = apart
        #: Of each piece: its cues, and by how many frames and paragraphs they come later.
        self._cues: list[tuple[Path, int, int]] = []
        self._paragraphs = 0
        self._opened, self._chapter = ExitStack(), ExitStack()
        self._whole = self._opened.enter_context(joined_file(whole, params.format, rate_hz=params.sample_rate))
        self._copies: list[Joined] = [self._whole]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._opened, self._chapter:
            self._end_chapter()

    def begin_chapter(self, title: str) -> None:
        """Begin a chapter with the next piece."""
        self._end_chapter()
        self._whole.begin_chapter(title)
        listed = {"title": title, "start_s": self._position_s, "end_s": self._position_s}
        if self._apart:
            name = f"chapters/{_file_name(len(self.chapters) + 1, title)}.{self._params.format}"
            path = self._folder / f"chapter-{len(self.chapters) + 1}.{self._params.format}"
            self.files[name] = path
            listed["file"] = name
            file = joined_file(path, self._params.format, rate_hz=self._params.sample_rate, title=title)
            self._copies.append(self._chapter.enter_context(file))
        self.chapters.append(listed)

    def add(self, piece: Piece) -> None:
        """Append a section."""
        self._cues.append((piece.cues, self._whole.delay_frames + self._whole.position, self._paragraphs))
        self._paragraphs += piece.data[PARAGRAPHS]
        self.data.append(piece.data)
        for copy in self._copies:
            copy.append(piece.sound)

    @property
    def heard(self) -> bool:
        """Whether there is something to hear."""
        return any(data["sentences"] for data in self.data)

    def cues(self) -> Iterator[Cue]:
        """Yield the cues of all pieces."""
        for path, frames, paragraphs in self._cues:
            yield from read_cues(path, frames=frames, paragraphs=paragraphs)

    def facts(self, *, complete: bool) -> dict[str, Any]:
        """Return the sections' facts as those of one text."""
        counts = ("sentences", "words", "from_cache", "made", "silent")
        names = ("languages", "voices")
        stand_ins = {voice: other for data in self.data for voice, other in data["stand_ins"].items()}
        return {
            "duration_s": round(self._position_s, 3),
            **{name: sum(data[name] for data in self.data) for name in counts},
            **{name: sorted({each for data in self.data for each in data[name]}) for name in names},
            "sample_rate_hz": self._params.sample_rate,
            "complete": complete and all(data["complete"] for data in self.data),
            "degraded": bool(stand_ins),
            "stand_ins": stand_ins,
        }

    @property
    def _position_s(self) -> float:
        return round((self._whole.delay_frames + self._whole.position) / RATE_HZ, 3)

    def _end_chapter(self) -> None:
        if self.chapters:
            self.chapters[-1]["end_s"] = self._position_s
        self._chapter.close()
        del self._copies[1:]


def _captions(volume: _Volume, folder: Path, params: Params) -> dict[str, Path]:
    if not params.captions:
        return {}
    files = {name: folder / name for name in ("captions.srt", "captions.vtt", "cues.json")}
    captions.write_srt(volume.cues(), files["captions.srt"])
    captions.write_vtt(volume.cues(), files["captions.vtt"])
    captions.write_json(volume.cues(), files["cues.json"])
    return files


def _listed(volume: _Volume, folder: Path) -> dict[str, Path]:
    if len(volume.chapters) <= 1:
        return {}
    path = folder / "chapters.json"
    listed = json.dumps(volume.chapters, ensure_ascii=False, indent=1)
    path.write_text(f"{listed}\n", encoding="utf-8")
    return {path.name: path}


def _file_name(number: int, title: str) -> str:
    """Return a name of one component without its suffix: `03 Down the Rabbit-Hole`."""
    shown = "".join(c for c in unicodedata.normalize("NFC", title) if unicodedata.category(c)[0] != "C" or c.isspace())
    short = _UNSAFE.sub(" ", shown).encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore")
    return f"{number:02} {unicodedata.normalize('NFC', short).strip(' .')}".strip()
