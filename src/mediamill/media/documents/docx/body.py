"""The paragraphs, lists and tables of a Word document, in order, as its XML streams by."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, TypeVar

from lxml import etree  # type: ignore[import-untyped]

from mediamill.core.errors import PermanentError
from mediamill.media.documents.blocks import Block, Heading, Item, Note, Paragraph, Span, Table
from mediamill.media.documents.docx.package import Package, broken, elements, forget
from mediamill.media.documents.docx.styles import Style, attribute, is_on, ordered_in, style_of, styles_in, value_of

MOST_CHARS: Final = 100_000_000
#: What stands in these is said elsewhere, or no more, or is no text: what Word puts beside a newer drawing for older
#: programs, boxes of text, deleted and moved words, commands of fields, rubies.
_SKIPPED: Final = frozenset(
    {"Fallback", "txbxContent", "del", "moveFrom", "instrText", "delText", "rt", "tblPr", "sectPr"}
)
#: A table of more cells is given in pieces.
_MOST_CELLS: Final = 2_000
#: Longer ones are paragraphs, for which a table was the way to put them beside each other.
_LONGEST_CELL_CHARS: Final = 400
_LONGEST_HEADING_CHARS: Final = 200
_LONGEST_BOLD_CHARS: Final = 100
_BOLD_LEVEL: Final = 3
_DEEPEST_LIST: Final = 5
_NO_HEADING: Final = re.compile(r"[.,;:]\s*\Z")
_BLANKS: Final = re.compile(r"\s+")
_UNSEEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\ufeff]")
_CONTENTS: Final = "Table of Contents"
_PLAIN: Final = Style()
_NO_LIST: Final = frozenset({"", "0"})
_NOTES: Final = frozenset({"footnote", "endnote"})
_POINTER: Final = re.compile(r"\[\^[^\]]*\]")
#: What is read once it ends. Properties are read with what they belong to.
_FORGOTTEN: Final = frozenset(
    {"t", "tab", "br", "cr", "r", "p", "tc", "tr", "tbl", "sdt", "drawing", "pict", "proofErr"}
)

T = TypeVar("T")


@dataclass
class _Words:
    """A paragraph that is being read."""

    style: Style
    spans: list[Span] = field(default_factory=list)
    bold: bool = False

    def add(self, text: str) -> None:
        self.spans.append(Span(_UNSEEN.sub("", text), self.bold or self.style.bold))

    @property
    def text(self) -> str:
        return _BLANKS.sub(" ", "".join(span.text for span in self.spans)).strip()


@dataclass
class _Table:
    """A table that is being read. cell: its paragraphs."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)


class Body:
    """An open Word document's text. title: what it says of itself."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.title = self._title()
        self._styles: Mapping[str, Style] = self._read("/styles", styles_in, {})
        self._ordered = self._read("/numbering", ordered_in, frozenset[tuple[str, int]]())
        self._counts = Counter[tuple[str, int]]()
        self._chars = 0
        self._words = _Words(_PLAIN)
        self._tables: list[_Table] = []

    def blocks(self, on_progress: Callable[[float], None]) -> Iterator[Block]:
        """Yield what is in it, footnotes at the end.

        Raises PermanentError: MALFORMED, TOO_LARGE, and as Package.
        """
        main = self._package.part(self._package.main)
        if main is None:
            raise broken
        size = max(self._package.size_bytes(self._package.main), 1)
        with main:
            yield from self._stream(main, lambda place: on_progress(min(place / size, 1.0)))
        for kind in ("/footnotes", "/endnotes"):
            notes = self._package.part(self._package.related(self._package.main, kind) or "?")
            if notes is not None:
                with notes:
                    yield from self._stream(notes, lambda _: None)

    def _read(self, kind: str, read: Callable[[IO[bytes]], T], none: T) -> T:
        name = self._package.related(self._package.main, kind)
        file = self._package.part(name) if name else None
        if file is None:
            return none
        with file:
            return read(file)

    def _title(self) -> str:
        """Return the title among the file's properties, or ""."""
        name = self._package.related("", "/core-properties")
        file = self._package.part(name) if name else None
        if file is None:
            return ""
        with file:
            for _, element in elements(file, "{*}title"):
                return " ".join((element.text or "").split())
        return ""

    def _stream(self, file: IO[bytes], on_progress: Callable[[float], None]) -> Iterator[Block]:
        """Yield the blocks of a part."""
        skipped: etree._Element | None = None
        note = ""
        for event, element in elements(file, starts=True):
            name = element.tag.rpartition("}")[2]
            if event == "start":
                if skipped is None:
                    if name in _SKIPPED or (name in _NOTES and attribute(element, "type")):
                        skipped = element  # a note of a type is the line above notes
                    elif name in _NOTES:
                        note = attribute(element, "id")
                    else:
                        self._begin(name)
                continue
            if skipped is not None:
                skipped = None if element is skipped else skipped
            elif name == "docPartGallery" and value_of(element) == _CONTENTS:
                skipped = next(element.iterancestors("{*}sdt"), None)
            else:
                yield from (_noted(block, note) for block in self._end(name, element))
            if name in _FORGOTTEN:
                forget(element)
            if name == "p":
                on_progress(file.tell())

    def _begin(self, name: str) -> None:
        match name:
            case "p":
                self._words = _Words(_PLAIN)
            case "r":
                self._words.bold = False
            case "tbl":
                self._tables.append(_Table())
            case "tr" if self._tables:
                self._tables[-1].row = []
            case "tc" if self._tables:
                self._tables[-1].cell = []

    def _end(self, name: str, element: "etree._Element") -> Iterator[Block]:
        match name:
            case "t":
                self._words.add(element.text or "")
            case "tab" | "br" | "cr" | "ptab":
                self._words.add(" ")
            case "noBreakHyphen":
                self._words.add("-")
            case "rPr":
                self._words.bold = is_on(element.find("{*}b"))
            case "pPr":
                style = self._styles.get(value_of(element.find("{*}pStyle")), _PLAIN)
                self._words.style = style_of(element, style)
            case "footnoteReference" | "endnoteReference":
                self._words.spans.append(Span(f"[^{attribute(element, 'id')}]"))
            case "p":
                yield from self._paragraph()
            case "tc" | "tr" | "tbl" if self._tables:
                yield from self._table_end(name)

    def _paragraph(self) -> Iterator[Block]:
        words, self._words = self._words, _Words(_PLAIN)
        text, style = words.text, words.style
        if not text or style.contents:
            return
        self._chars += len(text)
        if self._chars > MOST_CHARS:
            raise PermanentError(
                f"the Word document has more than {MOST_CHARS:,} characters; split it", code="TOO_LARGE"
            )
        if self._tables:
            self._tables[-1].cell.append(text)
        elif (level := _level(words)) is not None:
            yield Heading(level, _POINTER.sub("", text))
        elif style.list_id not in _NO_LIST:
            yield self._item(words)
        else:
            yield Paragraph(tuple(words.spans))

    def _item(self, words: _Words) -> Item:
        list_id, depth = words.style.list_id, min(words.style.depth, _DEEPEST_LIST)
        for deeper in range(depth + 1, _DEEPEST_LIST + 1):
            self._counts.pop((list_id, deeper), None)
        self._counts[list_id, depth] += 1
        ordered = (list_id, depth) in self._ordered
        return Item(tuple(words.spans), depth, self._counts[list_id, depth] if ordered else None)

    def _table_end(self, name: str) -> Iterator[Block]:
        table = self._tables[-1]
        match name:
            case "tc":
                table.row.append(" ".join(table.cell))
                table.cell = []
            case "tr":
                if any(table.row):
                    table.rows.append(tuple(table.row))
                if sum(map(len, table.rows)) > _MOST_CELLS:
                    yield from _table_blocks(table.rows)
                    table.rows = []
            case _:
                self._tables.pop()
                yield from _table_blocks(table.rows)


def _level(words: _Words) -> int | None:
    """Return the level of a heading; None for what is none. A short bold line may be one that has no style."""
    text, style = words.text, words.style
    if len(text) > _LONGEST_HEADING_CHARS or not any(sign.isalpha() for sign in text):
        return None
    if style.title:
        return 1
    if style.level is not None or style.list_id not in _NO_LIST:
        return style.level
    bold = all(span.bold for span in words.spans if span.text.strip())
    if bold and len(text) <= _LONGEST_BOLD_CHARS and not _NO_HEADING.search(text):
        return _BOLD_LEVEL
    return None


def _table_blocks(rows: Sequence[tuple[str, ...]]) -> Iterator[Block]:
    """Yield a table; or the paragraphs in what is one only to the eye."""
    width = max(map(len, rows), default=0)
    longest = max((len(cell) for row in rows for cell in row), default=0)
    if width > 1 and len(rows) > 1 and longest <= _LONGEST_CELL_CHARS:
        yield Table(tuple((*row, *("",) * (width - len(row))) for row in rows))
    else:
        yield from (Paragraph((Span(cell),)) for row in rows for cell in row if cell)


def _noted(block: Block, note: str) -> Block:
    """Return a block as what it is: of a footnote, where it stands in one."""
    return Note(note, block.spans) if note and isinstance(block, Paragraph) else block
