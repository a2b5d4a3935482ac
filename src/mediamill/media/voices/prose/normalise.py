"""Text as everything else here gets it: plain characters, and prose where it was Markdown."""

import re
import unicodedata
from typing import Final

from mediamill.media.voices.prose import markdown

#: Changes when the same text would be read out differently.
VERSION: Final = "2"

#: Soft hyphens, zero-width characters, direction marks, byte order marks: seen by nobody, read by some.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
#: Joiners shape the words of Arabic, Persian and India, and make one emoji of several; elsewhere they are dirt.
_JOINERS: Final = re.compile(
    "(?<![\u0600-\u08ff\u0900-\u0dff\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0600-\u08ff\u0900-\u0dff\U0001f000-\U0001faff\u2600-\u27bf])"
)
#: Control characters, halves of surrogate pairs, characters for private use, and those that are none.
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000f0000-\U0010ffff]"
)
#: Ligatures, letters and figures of full width, and letters of mathematics that stand in for bold ones.
_DRESSED: Final = re.compile("[\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]")
_PAGE_BREAKS: Final = re.compile("[\f\v\u2029]")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_BLANKS: Final = re.compile(r"[^\S\n]+")
#: More marks on one letter than any writing has.
_PILED_MARKS: Final = re.compile("([\u0300-\u036f]{4})[\u0300-\u036f]+")


def plain(text: str) -> str:
    """Return the text in NFC, without invisible and control characters; lines end in LF.

    Blanks are single; paragraphs are apart by an empty line. To do it again changes nothing.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    if not text.isascii():
        text = _JOINERS.sub("", _INVISIBLE.sub("", text))
        text = _PILED_MARKS.sub(r"\1", unicodedata.normalize("NFC", _DRESSED.sub(_undressed, text)))
    text = _CONTROLS.sub(" ", _PAGE_BREAKS.sub("\n\n", text))
    lines = "\n".join(line.strip() for line in _BLANKS.sub(" ", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def speakable(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(character.isalnum() for character in text)


def prose(text: str) -> str:
    """Return a text as a person would read it out: without its marks where it is Markdown, else unchanged."""
    return prose_of_markdown(text) if markdown.is_markdown(text) else text


def prose_of_markdown(text: str) -> str:
    """Return what a person would read out of a Markdown page; see `markdown`. Paragraphs are apart by an empty line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n\n".join(paragraph.text for paragraph in markdown.paragraphs(text))


def _undressed(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found.group(0))
