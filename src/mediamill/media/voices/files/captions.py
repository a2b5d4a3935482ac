"""Which words sound when: SRT, WebVTT and JSON, from exact frame counts."""

import itertools
import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

#: What is read at a glance: two lines of so many characters.
_LINE_CHARS: Final = 42
_LINES: Final = 2
SHOWN_CHARS: Final = _LINE_CHARS * _LINES

#: Frames per second, as in `sound.RATE_HZ`; written out, so that captions need no numpy.
_RATE_HZ: Final = 24_000


@dataclass(frozen=True)
class Clause:
    """A clause of a sentence but its first. at: where it begins in the text, characters. frame: and in the sound."""

    at: int
    frame: int


@dataclass(frozen=True)
class Cue:
    """A sentence, or a part of a very long one, and where it sounds. Frames count from the start.

    clauses: where a sentence longer than SHOWN_CHARS can be cut, for captions that show a part at a time.
    """

    text: str
    language: str
    voice: str
    paragraph: int
    start_frame: int
    end_frame: int
    clauses: tuple[Clause, ...] = ()

    @property
    def start_s(self) -> float:
        """Where it begins, seconds."""
        return self.start_frame / _RATE_HZ

    @property
    def end_s(self) -> float:
        """Where it ends, seconds."""
        return self.end_frame / _RATE_HZ

    def moved(self, frames: int) -> "Cue":
        """Return it, later by so many frames."""
        clauses = tuple(Clause(clause.at, clause.frame + frames) for clause in self.clauses)
        return replace(self, start_frame=self.start_frame + frames, end_frame=self.end_frame + frames, clauses=clauses)


def write_srt(cues: Iterable[Cue], path: Path) -> None:
    """Write SubRip subtitles, of two lines at most where the voice pauses often enough."""
    with path.open("w", encoding="utf-8") as file:
        for number, part in enumerate(shown(cues), start=1):
            lines = "\n".join(_lines(part.text))
            file.write(f"{number}\n{_clock(part.start_s, ',')} --> {_clock(part.end_s, ',')}\n{lines}\n\n")


def write_vtt(cues: Iterable[Cue], path: Path) -> None:
    """Write the same as WebVTT captions, which browsers show beside an <audio> or <video>."""
    with path.open("w", encoding="utf-8") as file:
        file.write("WEBVTT\n\n")
        for part in shown(cues):
            lines = "\n".join(_lines(part.text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            file.write(f"{_clock(part.start_s, '.')} --> {_clock(part.end_s, '.')}\n{lines}\n\n")


def write_json(cues: Iterable[Cue], path: Path) -> None:
    """Write a list of {start_s, end_s, text, language, voice, paragraph}; seconds to the millisecond."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, cue in enumerate(cues):  # one by one: a book has a hundred thousand
            row = {
                "start_s": round(cue.start_s, 3),
                "end_s": round(cue.end_s, 3),
                "text": cue.text,
                "language": cue.language,
                "voice": cue.voice,
                "paragraph": cue.paragraph,
            }
            file.write(f"{',' if number else ''}\n {json.dumps(row, ensure_ascii=False)}")
        file.write("\n]\n")


def shown(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield what is shown at a time: a cue, or the parts of a long one, each up to the next one's beginning."""
    for cue in cues:
        if len(cue.text) <= SHOWN_CHARS or not cue.clauses:
            yield cue
            continue
        edges = [Clause(0, cue.start_frame), *cue.clauses, Clause(len(cue.text), cue.end_frame)]
        kept = _cuts([edge.at for edge in edges])
        for begin, end in itertools.pairwise(edges[i] for i in kept):
            yield replace(cue, text=cue.text[begin.at : end.at], start_frame=begin.frame, end_frame=end.frame)


def _cuts(places: Sequence[int]) -> Sequence[int]:
    """Return which places to cut at, with both ends: into as few parts as are read at a glance, of even length."""
    best: list[tuple[int, tuple[int, ...]]] = [(0, (0,))]
    for j in range(1, len(places)):
        ways = ((best[i][0] + _cost(places[j] - places[i]), (*best[i][1], j)) for i in range(j))
        best.append(min(ways))
    return best[-1][1]


def _cost(chars: int) -> int:
    return SHOWN_CHARS**2 + chars**2 * (1 if chars <= SHOWN_CHARS else _LINE_CHARS)


def _lines(text: str) -> list[str]:
    """Return the text in lines of even length, none longer than _LINE_CHARS.

    Both formats end a cue at an empty line, and take --> for a time.
    """
    plain = " ".join(text.split()).replace("-->", "→")
    lines = textwrap.wrap(plain, _LINE_CHARS, break_on_hyphens=False)
    for width in range(len(plain) // max(1, len(lines)), _LINE_CHARS):
        even = textwrap.wrap(plain, max(1, width), break_on_hyphens=False)
        if len(even) == len(lines):
            return even
    return lines


def _clock(seconds: float, comma: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"
