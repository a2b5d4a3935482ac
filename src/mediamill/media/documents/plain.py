"""Text and Markdown, as they come."""

import re
import unicodedata
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media import fences
from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.encodings import text_in
from mediamill.media.voices.prose.markdown import is_markdown

#: Of a file. More words than anybody listens to in a year.
LARGEST_BYTES: Final = 50 * 1024 * 1024
_MIB: Final = 1024 * 1024

#: What no reader wants: control characters, byte order marks, zero-width spaces.
_UNSEEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\ufeff]")
_LINE_ENDS: Final = re.compile("\r\n?|[\v\u0085\u2028]")
_PAGE_BREAKS: Final = re.compile("[\f\u2029]")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_UNDERLINE: Final = re.compile(r" {0,3}=+[ \t]*")
_FRONT_TITLE: Final = re.compile(r"\A---[ \t]*\n(?:(?!---).*\n){0,200}?title:[ \t]*(.+)\n", re.IGNORECASE)
#: How Markdown says that a line is code, where a writer of plain text began a paragraph.
_INDENT: Final = re.compile(r"(?: {4,}| {0,3}\t)[ \t]*")
_LIST_MARK: Final = re.compile(r"[-*+•] |\d{1,9}[.)] ")
_MARKS: Final = re.compile(r"[*_`]+|\\(?=[!-/:-@\[-`{-~])")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_LONGEST_HEADING_CHARS: Final = 1_000
LONGEST_TITLE_CHARS: Final = 200


def from_text(text: str) -> Document:
    """Return a text, of which its content says whether it is Markdown.

    Raises PermanentError with code NO_TEXT when it has no letter and no digit.
    """
    text = _PAGE_BREAKS.sub("\n\n", _LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).strip("\n")
    if not any(character.isalnum() for character in text):
        raise PermanentError("there is nothing to read in the document: no letter and no digit", code="NO_TEXT")
    if is_markdown(text):
        return Document(f"{text.rstrip()}\n", title_of(text), Kind.MARKDOWN)
    return Document(f"{_outdented(text).strip()}\n", "", Kind.TEXT)


def from_file(path: Path) -> Document:
    """As `from_text`. Raises PermanentError: UNSUPPORTED_TYPE for what is no text, TOO_LARGE."""
    check_size(path)
    return from_text(text_in(path))


def check_size(path: Path) -> None:
    """Raise PermanentError, TOO_LARGE, for a file that is larger than any that is let in."""
    if path.stat().st_size > LARGEST_BYTES:
        raise PermanentError(
            f"the document has {path.stat().st_size / _MIB:.0f} MiB; the limit is {LARGEST_BYTES // _MIB} MiB",
            code="TOO_LARGE",
        )


def title_of(markdown: str) -> str:
    """Return the title in the front matter, else the first heading of the first level, else the first; or ""."""
    if found := _FRONT_TITLE.match(markdown):
        return _words(found.group(1).strip().strip("\"'"))
    first, fence, before = "", "", ""
    for whole in markdown.split("\n"):
        line = whole[:_LONGEST_HEADING_CHARS]
        around, fence = fence, fences.open_behind(line, fence)
        if around or fence:
            before = ""
            continue
        if _UNDERLINE.fullmatch(line) and (words := _words(before)):
            return words
        if (heading := _HEADING.fullmatch(line)) and (words := _words(heading.group(1))):
            if line.lstrip().startswith("# "):
                return words
            first = first or words
        before = line
    return first


def _words(heading: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", heading)).split())[:LONGEST_TITLE_CHARS]


def _outdented(text: str) -> str:
    """Return plain text without the indents of its paragraphs, which are code to Markdown; lists keep theirs."""
    lines = text.split("\n")
    before = ""
    for place, line in enumerate(lines):
        indent = _INDENT.match(line)
        if indent and not before.strip() and not _LIST_MARK.match(line, indent.end()):
            lines[place] = line[indent.end() :]
        before = line
    return "\n".join(lines)
