"""Subtitles as pictures: lines of even length in a box, or outlined, inside the frame."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from PIL import Image, ImageDraw

from mediamill.media.film import faces, setting
from mediamill.media.film.faces import Faces
from mediamill.media.film.look import Lettering, Place
from mediamill.media.pictures.slide import Frame

#: What needs more lines than there may be is set smaller, to a limit.
_SMALLER: Final = 0.94
_SMALLEST: Final = 0.72
#: Of the frame: how high the letters may be.
_HEIGHT: Final = 0.4
#: Of the size of the letters.
_CORNER: Final = 0.35
_STROKE: Final = 0.08
_EVEN: Final = 0.05
#: From the middle of a line down to where letters stand, so that capitals are in the middle of it.
_BASELINE: Final = 0.35
_SMOOTH: Final = 4

_BOX: Final = (12, 16, 28)
_BOX_ALPHA: Final = 200
_WHITE: Final = (255, 255, 255, 255)
_BLACK: Final = (0, 0, 0, 255)

#: A word; or a letter of Chinese or Japanese, which have no blanks, with the closing marks that no line begins with.
_IDEOGRAPHS: Final = "\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_CLOSING: Final = "\u3001\u3002\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f"
_WORD: Final = re.compile(f"[{_IDEOGRAPHS}][{_CLOSING}]*|[^\\s{_IDEOGRAPHS}]+")


@dataclass(frozen=True)
class Lettered:
    """Words as an RGBA picture with even sides, and the even place where it belongs."""

    picture: Image.Image
    x: int
    y: int


@dataclass(frozen=True)
class _Word:
    """What is not broken. apart: whether a blank is before it. width: for letters of size 1."""

    text: str
    apart: bool
    width: float


@dataclass(frozen=True)
class _Block:
    """Lines of one size."""

    lines: Sequence[str]
    faces: Faces

    @property
    def leading(self) -> int:
        return round(self.faces.size * setting.LEADING)


def lettered(text: str, frame: Frame, style: Lettering) -> Lettered | None:
    """Return the words as they are shown in a frame; None when there is nothing that our fonts can show."""
    shown = _shown(text)
    if not any(letter.isalnum() for letter in shown):  # a full stop may be all that is left of a sentence
        return None
    block = _set(shown, frame, setting.size_in(frame, style))
    drawn = _outlined(block) if style.outline else _boxed(block)
    x = (frame.width - drawn.width) // 4 * 2
    margin = round(frame.height * setting.MARGIN) // 2 * 2
    return Lettered(drawn, x, margin if style.place is Place.TOP else frame.height - margin - drawn.height)


def _shown(text: str) -> str:
    """Return the text without what no font has: emojis above all."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return " ".join("".join(letter for letter in composed if faces.has(letter)).split())


def _set(text: str, frame: Frame, size: float) -> _Block:
    """Return the text in the largest size at which it has few enough lines, or, if there is none, fits at all."""
    most = setting.most_lines(frame)
    for shrunk in count():
        scale = _SMALLER**shrunk
        room = setting.room_in(frame, size * scale)
        for widest in sorted({min(room, setting.READ), room}):  # two short lines rather than a long one
            words = list(_words(text, widest))
            lines = _wrapped(words, widest)
            fits = len(lines) * setting.LEADING * size * scale <= frame.height * _HEIGHT
            if fits and (len(lines) <= most or (scale * _SMALLER < _SMALLEST and widest == room)):
                return _Block(_evened(words, lines, widest), Faces(size * scale))
    raise AssertionError("unreachable")  # pragma: no cover - letters that are small enough fit


def _words(text: str, widest: float) -> Iterator[_Word]:
    """Yield words, and parts of those that are wider than a line."""
    for match in _WORD.finditer(text):
        word, apart = match.group(), match.start() > 0 and text[match.start() - 1] == " "
        while (width := faces.width(word)) > widest and len(word) > 1:
            cut = max(1, bisect_right(range(1, len(word)), widest, key=lambda n: faces.width(word[:n])))
            yield _Word(word[:cut], apart, faces.width(word[:cut]))
            word, apart = word[cut:], False
        yield _Word(word, apart, width)


def _evened(words: Sequence[_Word], lines: list[str], widest: float) -> list[str]:
    """Return the narrowest block that has as many lines: they are of even length then."""
    low, high = max(word.width for word in words), widest
    while high - low > _EVEN:
        middle = (low + high) / 2
        tried = _wrapped(words, middle)
        if len(tried) <= len(lines):
            high, lines = middle, tried
        else:
            low = middle
    return lines


def _wrapped(words: Sequence[_Word], width: float) -> list[str]:
    lines, end = [words[0].text], words[0].width
    for word in words[1:]:
        gap = " " if word.apart else ""
        wider = end + word.width + faces.width(gap)
        if wider <= width:
            lines[-1] += gap + word.text
            end = wider
        else:
            lines.append(word.text)
            end = word.width
    return lines


def _boxed(block: _Block) -> Image.Image:
    size = block.faces.size
    picture = _canvas(block, setting.BESIDE * size, setting.ABOVE * size)
    # Pillow's own corners are not smoothed.
    large = Image.new("L", (picture.width * _SMOOTH, picture.height * _SMOOTH), 0)
    edge = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(edge, _CORNER * size * _SMOOTH, fill=_BOX_ALPHA)
    picture.paste((*_BOX, 0), (0, 0, *picture.size))
    picture.putalpha(large.resize(picture.size, Image.Resampling.BOX))
    letters = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    _write(block, letters, stroke=0)
    return Image.alpha_composite(picture, letters)


def _outlined(block: _Block) -> Image.Image:
    size = block.faces.size
    picture = _canvas(block, setting.ABOVE * size, setting.ABOVE * size)
    _write(block, picture, stroke=_STROKE * size)
    return picture


def _canvas(block: _Block, beside: float, above: float) -> Image.Image:
    width = max(block.faces.width(line) for line in block.lines) + 2 * beside
    height = len(block.lines) * block.leading + 2 * above
    return Image.new("RGBA", (_even(width), _even(height)), (0, 0, 0, 0))


def _write(block: _Block, picture: Image.Image, *, stroke: float) -> None:
    draw = ImageDraw.Draw(picture)
    first = (picture.height - len(block.lines) * block.leading + block.leading) / 2 + _BASELINE * block.faces.size
    for row, line in enumerate(block.lines):
        x = (picture.width - block.faces.width(line)) / 2
        y = first + row * block.leading
        for text, font in block.faces.runs(line):
            draw.text((x, y), text, _WHITE, font, anchor="ls", stroke_width=stroke, stroke_fill=_BLACK)
            x += font.getlength(text)


def _even(length: float) -> int:
    return -(-int(length + 1) // 2) * 2
