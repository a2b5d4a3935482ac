"""What bench/documents counts is what happened: its tables make claims about other people's work. No timing here."""

import json
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from bench.documents import cards, crowd, papers
from bench.documents.jobs import form
from bench.documents.scale import TINY
from bench.machine import python
from bench.speech.peers import PEERS
from bench.video.used import used_by

#: Model and processes take seconds: they are started where the bench is set up.
needs_peers = pytest.mark.skipif(not PEERS.exists(), reason="scripts/setup bench was not run")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two books of six pages."""
    folder = tmp_path_factory.mktemp("books")
    return papers.book(0, TINY.pages, folder), papers.book(1, TINY.pages, folder)


def text_of(path: Path) -> str:
    with pdfium.PdfDocument(path) as opened:
        return " ".join(page.get_textpage().get_text_range() for page in opened)


def test_two_books_have_pages_words_and_no_sentence_in_common(books: tuple[Path, Path]) -> None:
    one, other = (text_of(path) for path in books)
    for path in books:
        with pdfium.PdfDocument(path) as opened:
            assert len(opened) == TINY.pages
        assert 250 < papers.words_in(path) / TINY.pages < 600
    said = {sentence.strip() for sentence in one.split(".") if len(sentence.split()) > 5}
    assert said.isdisjoint(sentence.strip() for sentence in other.split("."))


def test_a_large_upload_is_as_large_as_was_asked_and_the_same_book(books: tuple[Path, Path], tmp_path: Path) -> None:
    path = papers.large(1, TINY.pages, TINY.large_bytes, tmp_path)
    assert TINY.large_bytes * 0.99 < path.stat().st_size <= TINY.large_bytes
    assert text_of(path) == text_of(books[1])


def test_a_scanned_book_has_no_text(tmp_path: Path) -> None:
    path = papers.scanned(1, 2, tmp_path)
    assert not text_of(path).strip()


def test_an_upload_is_a_form(books: tuple[Path, Path]) -> None:
    content = books[0].read_bytes()
    body = form("a.pdf", content)
    assert content in body
    assert b'filename="a.pdf"' in body


@needs_peers
def test_both_sides_find_phrases_and_words(books: tuple[Path, Path]) -> None:
    ours, theirs = cards.by_us(*books), cards.by_minilm(books[1])
    for used in (ours, theirs):
        told: dict[str, Any] = cards.last(used)
        assert 0 < told["phrases"] <= 40
        assert 0 < told["words"] <= 10
        assert 0 < told["cpu_s"] <= used.cpu_s
    assert len(json.loads(ours.printed)) == 2
    assert cards.bare_s(books[1]) > 0


@needs_peers
def test_scanned_pages_are_read_by_both_sides_alike(tmp_path: Path) -> None:
    path = papers.scanned(1, 2, tmp_path)
    ours = json.loads(used_by(python("bench.documents.our_scan", str(path))).printed)
    bare = json.loads(used_by(python("bench.documents.bare_tesseract", str(path), "150")).printed)
    assert ours["words"] == pytest.approx(bare["words"], rel=0.05)


@needs_peers
def test_the_table_of_the_crowd_is_made() -> None:
    assert f"{TINY.clients} of {TINY.clients} jobs done" in crowd.measure(TINY)
