"""The fonts of subtitles: which of them has a letter, and how wide words are."""

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import ImageFont

from mediamill.media.pictures import fonts

#: No font has it: what is drawn for it is drawn for all that is missing.
_NOWHERE: Final = "\U0010fffe"
#: At this size widths are measured: a hundredth of it is no matter.
_RULER: Final = 100.0
_PROBE: Final = 16.0
_LEFTWARDS: Final = frozenset({"R", "AL"})
#: Of each family the first of these; a family in one file has all weights in it.
_WEIGHTS: Final = ("-Medium.ttf", "-Regular.ttf", "].ttf", "-Regular.otf", ".ttf", ".otf")


class Faces:
    """All installed families in one size, pixels; the first that has a letter shows it."""

    def __init__(self, size: float) -> None:
        self.size = size

    def width(self, line: str) -> float:
        """Return how wide a line is, pixels."""
        return sum(font.getlength(text) for text, font in self.runs(line))

    def runs(self, line: str) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
        """Yield a line of letters that we have in parts of one font each.

        A line with words from right to left as one, where one font has all of it: else their order is lost.
        """
        letters = set(line)
        whole = _files() if any(unicodedata.bidirectional(letter) in _LEFTWARDS for letter in letters) else _files()[:1]
        alone = next((file for file in whole if all(_has(file, letter) for letter in letters)), None)
        if alone is not None:
            yield line, _font(alone, self.size)
            return
        begin, current = 0, _file(line[0])
        for place, letter in enumerate(line):
            # What is between words stays with them.
            file = current if not letter.isalnum() and _has(current, letter) else _file(letter)
            if file != current:
                yield line[begin:place], _font(current, self.size)
                begin, current = place, file
        yield line[begin:], _font(current, self.size)


def has(letter: str) -> bool:
    """Whether any font has a letter."""
    return any(_has(file, letter) for file in _files())


@functools.lru_cache(maxsize=4096)
def width(text: str) -> float:
    """Return how wide a text is in letters of size 1."""
    return Faces(_RULER).width(text) / _RULER if text else 0.0


def _file(letter: str) -> Path:
    return next(file for file in _files() if _has(file, letter))


@functools.cache
def _files() -> Sequence[Path]:
    """Return a file of each family, the best first."""
    named = {family.name: family for family in fonts.families()}
    return [_upright(sorted(named[name].folder.iterdir())) for name in fonts.sans() if name in named]


def _upright(files: Sequence[Path]) -> Path:
    straight = [file for file in files if "Italic" not in file.name]
    return next(file for weight in _WEIGHTS for file in straight if file.name.endswith(weight))


@functools.lru_cache(maxsize=64)
def _font(file: Path, size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(file, size)
    if file.name.endswith("].ttf"):
        font.set_variation_by_name("Medium")
    return font


@functools.lru_cache(maxsize=8192)
def _has(file: Path, letter: str) -> bool:
    """Whether a font has a letter: FreeType draws one and the same box for all that it lacks."""
    return letter == " " or _drawn(file, letter) != _drawn(file, _NOWHERE)


def _drawn(file: Path, letter: str) -> tuple[bytes, tuple[int, int], tuple[int, int]]:
    mask, offset = _probe(file).getmask2(letter)
    return bytes(mask), mask.size, offset


@functools.cache
def _probe(file: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, _PROBE, layout_engine=ImageFont.Layout.BASIC)
