"""A PDF as pdfium has it: its pages, their text and what is drawn on them."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from mediamill.media.documents.pdf import calls

_UTF16: Final = "utf-16-le"
_UNIT_BYTES: Final = 2


class Unopened(Exception):  # noqa: N818 - named for the file
    """The file cannot be opened. code: as FPDF_GetLastError has it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"pdfium cannot open the file (code {code})")
        self.code = code


class Broken(Exception):  # noqa: N818 - named for the page
    """A page cannot be opened."""


class Bookmark(NamedTuple):
    """level: from 0. page: from 0; None where it names none."""

    level: int
    title: str
    page: int | None


class Part(NamedTuple):
    """Something drawn on a page, whose handle lives as long as the page. kind: as `calls.PART_...`."""

    handle: int
    kind: int

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return its left, bottom, right and upper edge, points; None where that cannot be told."""
        edges = [ctypes.c_float() for _ in range(4)]
        if not calls.part_bounds(self.handle, *map(ctypes.addressof, edges)):
            return None
        left, bottom, right, top = (edge.value for edge in edges)
        return left, bottom, right, top


class Page:
    """An open page. text: handle of its text, as `calls` take it. letters: how many it has.

    edges: its left, bottom, right and upper one, points.
    """

    def __init__(self, page: int, text: int) -> None:
        self._page, self.text = page, text
        self.letters = max(int(calls.count_letters(text)), 0)
        box = calls.Rect()
        calls.page_box(page, ctypes.addressof(box))
        self.edges: tuple[float, float, float, float] = (box.left, box.bottom, box.right, box.top)

    def words(self, most: int) -> str:
        """Return the text of the first `most` letters, lines parted as pdfium does; letters are UTF-16's units."""
        first, last = 0, min(self.letters, most) - 1
        while first <= last and calls.text_index_of(self.text, first) < 0:
            first += 1
        while first <= last and calls.text_index_of(self.text, last) < 0:
            last -= 1
        if first > last:
            return ""
        # Letters of the text may be more or fewer than those of the page; one more for the zero at the end.
        room = calls.text_index_of(self.text, last) - calls.text_index_of(self.text, first) + 2
        buffer = ctypes.create_string_buffer(_UNIT_BYTES * room)
        written = calls.text(self.text, first, last - first + 1, buffer)
        return buffer.raw[: _UNIT_BYTES * max(written - 1, 0)].decode(_UTF16, "ignore")

    def count_parts(self) -> int:
        """Return how many parts it has, those within forms apart."""
        return max(int(calls.count_parts(self._page)), 0)

    def parts(self, deepest: int = 1) -> Iterator[Part]:
        """Yield what is drawn, in order, and behind each form what is in it. deepest: 1 for none of that."""
        for place in range(self.count_parts()):
            yield from _with_inner(calls.part(self._page, place), deepest - 1)


class Pdf:
    """An open file. Raises Unopened where it has no page that could be opened."""

    def __init__(self, path: Path) -> None:
        self._file: int | None = calls.open_file(os.fsencode(path), None)
        self.count = int(calls.count_pages(self._file)) if self._file else 0
        if self.count < 1:
            raise Unopened(int(calls.last_error()))

    def title(self) -> str:
        """Return what the file calls itself, or "". Raises UnicodeError where that is no text."""
        name = b"Title"
        size = calls.about(self._file, name, None, 0)
        buffer = ctypes.create_string_buffer(size)
        calls.about(self._file, name, buffer, size)
        return _text(buffer, size)

    def bookmarks(self, deepest: int) -> Iterator[Bookmark]:
        """Yield its bookmarks in order, each once."""
        yield from self._bookmarks(None, 0, deepest, set())

    @contextmanager
    def page(self, index: int) -> Iterator[Page]:
        """Open a page, from 0. Raises Broken."""
        page = calls.open_page(self._file, index)
        if not page:
            raise Broken
        try:
            text = calls.open_text(page)
            if not text:
                raise Broken
            try:
                yield Page(page, text)
            finally:
                calls.close_text(text)
        finally:
            calls.close_page(page)

    def close(self) -> None:
        """Close it. Repeatable."""
        if self._file:
            calls.close_file(self._file)
            self._file = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _bookmarks(self, parent: int | None, level: int, deepest: int, seen: set[int]) -> Iterator[Bookmark]:
        mark = calls.first_bookmark(self._file, parent)
        while mark and mark not in seen:  # a file may lead round in a circle
            seen.add(mark)
            yield Bookmark(level, self._bookmark_title(mark), self._bookmark_page(mark))
            if level + 1 < deepest:
                yield from self._bookmarks(mark, level + 1, deepest, seen)
            mark = calls.next_bookmark(self._file, mark)

    def _bookmark_title(self, mark: int) -> str:
        size = calls.bookmark_title(mark, None, 0)
        buffer = ctypes.create_string_buffer(size)
        calls.bookmark_title(mark, buffer, size)
        return _text(buffer, size, "ignore")

    def _bookmark_page(self, mark: int) -> int | None:
        place = calls.bookmark_place(self._file, mark)
        index = int(calls.page_of_place(self._file, place)) if place else -1
        return index if index >= 0 else None


def _text(buffer: "ctypes.Array[ctypes.c_char]", size: int, errors: str = "strict") -> str:
    """Return what pdfium wrote, without the zero at its end. size: bytes."""
    return buffer.raw[: max(size - _UNIT_BYTES, 0)].decode(_UTF16, errors)


def _with_inner(handle: int | None, deeper: int) -> Iterator[Part]:
    if not handle:
        return
    part = Part(handle, calls.part_kind(handle))
    yield part
    if part.kind == calls.PART_FORM and deeper > 0:
        for place in range(calls.count_parts_of_form(handle)):
            yield from _with_inner(calls.part_of_form(handle, place), deeper - 1)
