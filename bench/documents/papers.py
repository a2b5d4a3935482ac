"""The documents: books of prose in the public domain and of our own, typeset, scanned, or blown up."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pypdf
import pypdfium2 as pdfium  # type: ignore[import-untyped]
import typst
from bench.machine import ROOT

#: What the cards' quality is judged by, and our own manual.
_JUDGED: Final = ROOT / "tests/quality/documents"
_MANUAL: Final = ROOT / "docs"
#: Two shelves that have no sentence in common: chapters of a novel, speeches and a handbook; and manuals of software.
_SHELVES: Final = (
    (_JUDGED / "moby-dick.md", _JUDGED / "kennedy.txt", _JUDGED / "workshop.txt"),
    (
        _JUDGED / "scikit-learn.md",
        *(
            _MANUAL / f"{name}.md"
            for name in ("architecture", "reliability", "operating", "queueing", "write-a-service")
        ),
    ),
)
#: As scanners save text.
_SCAN_DPI: Final = 200
_POINTS_PER_INCH: Final = 72
#: Some 400 words a page, as a book has.
_LOOK: Final = (
    '#set page(paper: "a4", margin: 3.1cm, numbering: "1")\n#set text(size: 12.5pt)\n#set par(justify: true)\n'
)
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_MARKS: Final = re.compile(r"[*`\[\]]|\]\([^)]*\)")


def book(number: int, pages: int, folder: Path) -> Path:
    """Write a PDF of so many pages; one of an even number and one of an odd number have no sentence in common."""
    to = folder / f"book-{number}.pdf"
    source = folder / f"book-{number}.typ"
    blocks, words = list[str](), 0
    for block in _blocks(number):
        blocks.append(block)
        words += block.count(" ")
        if words > pages * 600:
            break
    source.write_text(f"{_LOOK}= Book {number}\n\n" + "\n\n".join(blocks), encoding="utf-8")
    typst.compile(source, output=to)
    with pdfium.PdfDocument(to) as whole:
        assert len(whole) >= pages, f"the texts fill {len(whole)} pages"
        some = pdfium.PdfDocument.new()
        some.import_pages(whole, list(range(pages)))
    some.save(to)
    return to


def scanned(number: int, pages: int, folder: Path) -> Path:
    """Write a book as pictures of its pages."""
    to = folder / f"scanned-{number}.pdf"
    with pdfium.PdfDocument(book(number, pages, folder)) as opened:
        first, *more = [page.render(scale=_SCAN_DPI / _POINTS_PER_INCH, grayscale=True).to_pil() for page in opened]
    first.save(to, save_all=True, append_images=more, resolution=_SCAN_DPI)
    return to


def large(number: int, pages: int, size_bytes: int, folder: Path) -> Path:
    """Write a book of about `size_bytes`, and no more: with what is attached to it, and cannot be packed."""
    to = folder / f"large-{number}.pdf"
    writer = pypdf.PdfWriter(book(number, pages, folder))
    with to.open("wb") as file:
        small = writer.write(file)[1].tell()
    writer.add_attachment("attached.bin", os.urandom(size_bytes - small - 4_096))
    writer.write(to)
    assert size_bytes - 8_192 < to.stat().st_size <= size_bytes
    return to


def words_in(path: Path) -> int:
    """Return how many words a PDF has."""
    with pdfium.PdfDocument(path) as opened:
        return sum(len(page.get_textpage().get_text_range().split()) for page in opened)


def _blocks(number: int) -> Iterator[str]:
    """Yield headings and paragraphs of a shelf in typst's words, again and again, from another place for each book."""
    shelf = _SHELVES[number % len(_SHELVES)]
    parts = [part for path in shelf for part in _paragraphs(path)]
    start = number * 997 % len(parts)
    while True:
        yield from parts[start:] + parts[:start]


def _paragraphs(path: Path) -> Iterator[str]:
    for block in _FENCE.sub("", path.read_text(encoding="utf-8")).split("\n\n"):
        marks = len(block) - len(block.lstrip("#"))
        words = " ".join(_MARKS.sub("", block.lstrip("# ")).split())
        if words and words[0] not in "|-<":
            yield f"{'=' * marks} {_quoted(words)}" if marks else _quoted(words)


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'#"{escaped}"'
