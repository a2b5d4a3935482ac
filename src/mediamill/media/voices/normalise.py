"""Text as voices should get it. Thin: reading out numbers and dates is left to the engines so far."""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Changes when the same text would be read out differently.
VERSION = "1"

#: Soft hyphens, zero-width characters, direction marks, byte order marks: seen by nobody, read by some.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_PAGE_BREAKS = re.compile("[\f\v\u2029]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_BLANKS = re.compile(r"[^\S\n]+")
_BLOCK_MARK = re.compile(r"^(?:#{1,6} +\S|```|~~~|\|?(?: *:?-{3,}:? *\|)+)", re.MULTILINE)
_INLINE_MARK = re.compile(r"\[[^\[\]\n]{1,300}\]\(\S{1,2000}\)|\*\*\S[^*\n]*\*\*")
_INLINE_MARKS = 2
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)


def plain(text: str) -> str:
    """Return the text in NFC, without invisible and control characters; lines end in LF.

    Blanks are single; paragraphs are apart by an empty line.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = _CONTROLS.sub(" ", _INVISIBLE.sub("", _PAGE_BREAKS.sub("\n\n", text)))
    lines = "\n".join(line.strip() for line in _BLANKS.sub(" ", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def speakable(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(unicodedata.category(character)[0] in "LN" for character in text)


def prose(text: str) -> str:
    """Return a text as a person would read it out: without its marks where it is Markdown, else unchanged."""
    return prose_of_markdown(text) if is_markdown(text) else text


def is_markdown(text: str) -> bool:
    """Whether a text has a heading, a code block or a table, or two links or bold words.

    Its content decides and not the name of a file, so that the same bytes are always read the same way.
    """
    return _BLOCK_MARK.search(text) is not None or len(_INLINE_MARK.findall(text)) >= _INLINE_MARKS


def prose_of_markdown(text: str) -> str:
    """Return what a person would read out of a Markdown page: no marks, no code blocks, no addresses.

    Headings, list items and table rows become paragraphs.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only Markdown needs it

    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(_FRONT_MATTER.sub("", text))
    return "\n\n".join(paragraph for paragraph in _paragraphs(tokens) if paragraph.strip())


def _paragraphs(tokens: "list[Token]") -> Iterator[str]:
    row: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield ", ".join(cell for cell in row if cell)
            row = None
        elif token.type == "inline":
            words = "".join(_words(token.children or []))
            if row is None:
                yield words
            else:
                row.append(words)


def _words(children: "list[Token]") -> Iterator[str]:
    for child in children:
        if child.type in {"text", "code_inline", "image"}:
            # An image's content is its description.
            yield child.content
        elif child.type == "softbreak":
            yield " "
        elif child.type == "hardbreak":
            yield "\n"
