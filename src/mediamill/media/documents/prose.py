"""Text and Markdown as rows of paragraphs, in a file."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.core.context import Context
from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.passage import LONGEST_HEADING_CHARS, Passage
from mediamill.media.documents.plain import LONGEST_TITLE_CHARS, check_size, from_file, from_text
from mediamill.media.text import pieces
from mediamill.media.voices.prose import markdown

_BLANK: Final = re.compile(r"\n[ \t]*\n")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
#: So much of a text is read at once, and so much of one without empty lines.
_PART_CHARS: Final = 1_000_000
_LONGEST_PART_CHARS: Final = 4_000_000
_TAIL_BYTES: Final = 4_096
_TOLD_CHARS: Final = 200_000
_LONGEST_HEADING_CHARS: Final = 80
_HEADING: Final = re.compile(r"[A-Z0-9][^\n]*[^\s.,;:!?]")
#: Lines of a text that somebody's program has cut are about as long as each other.
_CUT_CHARS: Final = 100


class Told(NamedTuple):
    """What a file of paragraphs says of itself, in its last line."""

    kind: Kind
    title: str
    chars: int


def write(path: Path, to: Path, ctx: Context, tell: Callable[[float], None]) -> Told:
    """Write the paragraphs of a text or a Markdown file. Raises PermanentError as `from_file`, NO_TEXT."""
    check_size(path)
    try:
        return _write(map(from_text, _worded(_parts(path))), path, to, ctx, tell)
    except InvalidInput:  # it is in no encoding of Unicode, or no text at all
        return _write(iter([from_file(path)]), path, to, ctx, tell)


def _write(documents: Iterator[Document], path: Path, to: Path, ctx: Context, tell: Callable[[float], None]) -> Told:
    first = next(documents, None)
    if first is None:
        raise PermanentError("there is nothing to read in the document: no letter and no digit", code="NO_TEXT")
    total = max(path.stat().st_size, 1)

    def told(chars: int) -> None:
        ctx.check()
        tell(min(chars / total, 1.0))

    found = _below_headings(chain([first], documents), first.kind, ctx)
    return write_passages(found, first.kind, first.title, to, told)


def _worded(texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if any(sign.isalnum() for sign in text))


def _parts(path: Path) -> Iterator[str]:
    """Yield a text in parts that end where a paragraph does, and as far as that goes where no block of code is open."""
    kept = ""
    for piece in pieces(path):
        kept += piece
        if len(kept) < _PART_CHARS:
            continue
        end = kept.rfind("\n\n")
        if kept.count("\n```", 0, max(end, 0)) % 2:
            end = kept.rfind("\n\n", 0, kept.rfind("\n```", 0, end))
        if end <= 0 and len(kept) > _LONGEST_PART_CHARS:
            end = max(kept.rfind("\n"), 0) or len(kept)
        if end > 0:
            yield kept[:end]
            kept = kept[end:]
    yield kept


def _below_headings(documents: Iterable[Document], kind: Kind, ctx: Context) -> Iterator[Passage]:
    """Yield the paragraphs of parts; what stands above the first heading of one is below the last of those before."""
    heading = ""
    for document in documents:
        text = document.markdown
        for passage in _of_markdown(text, ctx) if kind is Kind.MARKDOWN else _of_text(text):
            heading = passage.heading or heading
            yield passage._replace(heading=heading)


def write_passages(
    passages: Iterable[Passage], kind: Kind, title: str, to: Path, told: Callable[[int], None] = lambda _: None
) -> Told:
    """Write paragraphs, and in a last line what they come to. told: how many characters it were so far.

    title: "" where the first heading is one. Raises PermanentError: NO_TEXT.
    """
    chars = place = 0
    speaks = False
    with to.open("w", encoding="utf-8") as file:
        for passage in passages:
            title = title or passage.heading
            chars += len(passage.text)
            speaks = speaks or any(sign.isalnum() for sign in passage.text)
            file.write(json.dumps([passage.text, passage.heading], ensure_ascii=False) + "\n")
            if chars - place > _TOLD_CHARS:
                place = chars
                told(chars)
        if not speaks:
            raise PermanentError("there are no sentences to read in the document", code="NO_TEXT")
        made = Told(kind, title[:LONGEST_TITLE_CHARS], chars)
        file.write(json.dumps(made, ensure_ascii=False))
    return made


def told_of(part: Path) -> Told:
    """Return what a file of `write` says of itself."""
    with part.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - _TAIL_BYTES, 0))
        kind, title, chars = json.loads(file.read().rsplit(b"\n", 1)[-1])
    return Told(Kind(kind), title, chars)


def passages_in(part: Path) -> Iterator[Passage]:
    """Yield the paragraphs of a file of `write`."""
    with part.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                text, heading = json.loads(line)
                yield Passage(text, heading)


def _of_markdown(text: str, ctx: Context) -> Iterator[Passage]:
    heading = ""
    for paragraph in markdown.paragraphs(text, ctx.check):
        words = " ".join(paragraph.text.split())
        if paragraph.level:
            heading = words[:LONGEST_HEADING_CHARS]
        else:
            yield Passage(unicodedata.normalize("NFC", words), heading)


def _of_text(text: str) -> Iterator[Passage]:
    heading = ""
    for block in _BLANK.split(text):
        lines = [words for line in block.split("\n") if (words := " ".join(line.split()))]
        if not lines:
            continue
        if len(lines) == 1 and len(lines[0]) <= _LONGEST_HEADING_CHARS and _HEADING.fullmatch(lines[0]):
            heading = lines[0]
            continue
        for paragraph in _joined(lines):
            yield Passage(paragraph, heading)


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield the paragraphs of lines between two empty ones: one, unless they are longer than a program cuts them."""
    apart = max(map(len, lines)) > _CUT_CHARS
    kept = ""
    for line in lines:
        if kept and (apart or _ITEM.match(line)):
            yield kept
            kept = ""
        kept = f"{kept} {line}" if kept else line
    yield kept
