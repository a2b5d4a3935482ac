"""Letters become words, and words that follow each other on a line become pieces of it."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from mediamill.media.documents.pdf.fonts import Font
from mediamill.media.documents.pdf.glyph import Glyph

#: Parts of the size of the letters. LaTeX, which writes no spaces, leaves 0.22 between words at least; kerning less.
SPACE: Final = 0.17
#: What is wider parts columns, or the cells of a table. Words of a justified line are rarely so far apart.
BREAK: Final = 0.9
_OVERLAP: Final = 0.5
_SAME_LINE: Final = 0.05
_SAME_SIZE: Final = 0.02
#: How far the base line of what is raised or lowered may be from that of its line.
_SHIFT: Final = 0.6
#: How much larger an initial is than its word, and how far above its base line the word's is.
_INITIAL: Final = 1.8
_ABOVE: Final = 0.2

#: Accents that old LaTeX puts over a letter as signs of their own, and what they are in a letter.
_ACCENTS: Final = MappingProxyType(
    {
        "\u0060": "\u0300",
        "\u00b4": "\u0301",
        "\u02c6": "\u0302",
        "\u02dc": "\u0303",
        "\u00af": "\u0304",
        "\u02d8": "\u0306",
        "\u02d9": "\u0307",
        "\u00a8": "\u0308",
        "\u02da": "\u030a",
        "\u02dd": "\u030b",
        "\u02c7": "\u030c",
        "\u00b8": "\u0327",
    }
)
#: Letters without the dot that an accent takes the place of.
_DOTLESS: Final = MappingProxyType({"\u0131": "i", "\u0237": "j"})
#: The private signs of Symbol and Wingdings that mark the items of a list.
_BULLETS: Final = frozenset(
    "\uf02d\uf06e\uf06f\uf071\uf075\uf076\uf077\uf09f\uf0a7\uf0a8\uf0b7\uf0be\uf0d8\uf0e0\uf0fc"
)
#: What the items of a list begin with.
DOTS: Final = "•◦▪▫■□●○‣\u2043∙·►▶➢➤➔✓✔❖◆◇"
#: Ligatures, and the letters of formulas, which are plain ones in italics.
_DRESSED: Final = MappingProxyType(
    {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07), *range(0x1D400, 0x1D800))}
)


@dataclass(slots=True)
class Word:
    """Letters of one font on one base line. spaced: a space is before it, though it may touch what is there."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    font: Font
    spaced: bool


@dataclass(slots=True)
class Piece:
    """Words that stand close together on one line, in the order of the file."""

    words: list[Word] = field(default_factory=list)

    @property
    def x0(self) -> float:
        """Where it begins."""
        return min(word.x0 for word in self.words)

    @property
    def x1(self) -> float:
        """Where it ends."""
        return max(word.x1 for word in self.words)

    @property
    def main(self) -> Word:
        """The longest of its largest words, whose base line and size are the piece's."""
        size = max(word.size for word in self.words)
        return max((word for word in self.words if word.size > size * 0.9), key=lambda word: len(word.text))


def pieces(glyphs: Iterable[Glyph]) -> list[Piece]:
    """Return the pieces of lines in the order of the file."""
    made: list[Piece] = []
    for word in words(glyphs):
        if made and _is_initial(made[-1], word):
            initial = made[-1].words[0]
            made[-1] = Piece([replace(word, text=initial.text + " " * word.spaced + word.text, x0=initial.x0)])
        elif made and _follows(made[-1].words[-1], word):
            made[-1].words.append(word)
        else:
            made.append(Piece([word]))
    return made


def _is_initial(piece: Piece, word: Word) -> bool:
    """Whether a piece is a letter several lines high, with which a chapter begins, and a word stands at its top."""
    letter = piece.words[0]
    if len(piece.words) > 1 or len(letter.text) > 1 or not letter.text.isalpha() or letter.size < _INITIAL * word.size:
        return False
    beside = -_OVERLAP * word.size <= word.x0 - letter.x1 <= BREAK * word.size
    return beside and letter.y + _ABOVE * letter.size < word.y < letter.y + letter.size


def words(glyphs: Iterable[Glyph]) -> Iterator[Word]:
    """Yield the words in the order of the file, their letters in NFC."""
    current: Word | None = None
    before: Glyph | None = None
    spaced = False
    for glyph in _composed(glyphs):
        if glyph.text.isspace():
            spaced = True
        elif current is not None and unicodedata.combining(glyph.text[0]):
            current.text += glyph.text
        elif current is not None and not spaced and (_joins(current, glyph) or _of_one_sign(before, glyph)):
            current.text += glyph.text
            current.x1 = max(current.x1, glyph.x1)
        else:
            if current is not None:
                yield _finished(current)
            current = Word(glyph.text, glyph.x0, glyph.x1, glyph.y, glyph.size, glyph.font, spaced)
            spaced = False
        before = glyph
    if current is not None:
        yield _finished(current)


def _joins(word: Word, glyph: Glyph) -> bool:
    gap = glyph.x0 - word.x1
    return (
        glyph.font == word.font
        and abs(glyph.y - word.y) <= _SAME_LINE * word.size
        and abs(glyph.size - word.size) <= _SAME_SIZE * word.size
        and -_OVERLAP * word.size <= gap <= SPACE * word.size
    )


def _of_one_sign(before: Glyph | None, glyph: Glyph) -> bool:
    """Whether two letters are of one ligature, and have its place both."""
    return before is not None and (before.x0, before.x1, before.y) == (glyph.x0, glyph.x1, glyph.y)


def _follows(before: Word, word: Word) -> bool:
    """Whether a word goes on where the one before it ended; it may be raised or lowered, and smaller."""
    size = max(before.size, word.size)
    gap, shift = word.x0 - before.x1, abs(word.y - before.y)
    return -_OVERLAP * size <= gap <= BREAK * size and shift <= _SHIFT * size


def _finished(word: Word) -> Word:
    text = word.text
    if word.font.legacy is not None:
        text = word.text = word.font.legacy.decoded(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_DRESSED))
        text = "".join("•" if sign in _BULLETS else sign for sign in text if sign in _BULLETS or not _private(sign))
        word.text = text
    return word


def _private(sign: str) -> bool:
    return "\ue000" <= sign <= "\uf8ff"


def _composed(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """Yield the letters, each accent that was put over one as a sign of its own in it."""
    held: Glyph | None = None
    for glyph in glyphs:
        if held is not None:
            accent, held = held, None
            if _covers(accent, glyph):
                base = _DOTLESS.get(glyph.text, glyph.text)
                yield glyph._replace(text=unicodedata.normalize("NFC", base + _ACCENTS[accent.text]))
                continue
            yield accent
        if glyph.text in _ACCENTS:
            held = glyph
        else:
            yield glyph
    if held is not None:
        yield held


def _covers(accent: Glyph, letter: Glyph) -> bool:
    if not letter.text.isalpha():
        return False
    shared = min(accent.x1, letter.x1) - max(accent.x0, letter.x0)
    return shared > _OVERLAP * min(accent.x1 - accent.x0, letter.x1 - letter.x0)
