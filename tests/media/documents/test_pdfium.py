"""A PDF as pdfium has it: bookmarks, pages, what is drawn on them."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.media.documents.papers import HELLO, page, pdf, tree

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.pdfium import Bookmark, Broken, Pdf, Unopened

LEAF = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"


def bookmarked(*marks: bytes) -> bytes:
    """Return a PDF of one page whose outline, the object 4, has these marks, from 5 on."""
    catalogue, *others = tree(LEAF, others=[b"<</Type/Outlines/First 5 0 R/Last 5 0 R>>", *marks])
    return pdf([catalogue.replace(b"/Pages", b"/Outlines 4 0 R/Pages"), *others])


def test_bookmarks_are_told_with_their_levels_and_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(
        bookmarked(
            b"<</Title(One)/Parent 4 0 R/First 6 0 R/Last 6 0 R/Next 7 0 R/Dest[3 0 R/Fit]>>",
            b"<</Title(One and a half)/Parent 5 0 R/Dest[3 0 R/Fit]>>",
            b"<</Title<feff1ee9>/Parent 4 0 R>>",
        )
    )
    with Pdf(path) as opened:
        assert list(opened.bookmarks(2)) == [
            Bookmark(0, "One", 0),
            Bookmark(1, "One and a half", 0),
            Bookmark(0, "\u1ee9", None),
        ]
        assert [mark.title for mark in opened.bookmarks(1)] == ["One", "\u1ee9"]


def test_bookmarks_that_lead_round_in_a_circle_are_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(
        bookmarked(b"<</Title(One)/Parent 4 0 R/First 5 0 R/Next 6 0 R>>", b"<</Title(Two)/Parent 4 0 R/Next 5 0 R>>")
    )
    with Pdf(path) as opened:
        assert [mark.title for mark in opened.bookmarks(9)] == ["One", "Two"]


def test_a_page_has_words_edges_and_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(page(HELLO + b" 100 200 50 20 re f"))
    with Pdf(path) as opened, opened.page(0) as seen:
        assert seen.words(1_000) == "Hello world of documents"
        assert seen.words(5) == "Hello"
        assert seen.words(0) == ""
        assert seen.edges == (0.0, 0.0, 612.0, 792.0)
        (drawn,) = [part for part in seen.parts() if part.kind == calls.PART_PATH]
        assert drawn.bounds() == (100, 200, 150, 220)


def test_a_form_is_looked_into_as_deep_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 10>>stream\n1 1 2 2 re f\nendstream"
    path.write_bytes(pdf(tree(leaf, others=[b"<</Length 5>>stream\n/X Do\nendstream", form])))
    with Pdf(path) as opened, opened.page(0) as seen:
        assert [part.kind for part in seen.parts()] == [calls.PART_FORM]
        assert [part.kind for part in seen.parts(2)] == [calls.PART_FORM, calls.PART_PATH]


def test_a_file_and_a_page_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 and nothing else")
    with pytest.raises(Unopened):
        Pdf(path)
    path.write_bytes(page(HELLO))
    with Pdf(path) as opened, pytest.raises(Broken), opened.page(1):
        pass
    opened.close()


def test_a_process_that_skims_loads_little() -> None:
    """Each import is paid for by each document: pypdfium2 and what a service is made of would double its start."""
    words = """
import sys, mediamill.media.documents.skimmer
heavy = {"pypdfium2", "pypdfium2_raw", "numpy", "pydantic", "mediamill.core.context"}
print(sorted(heavy & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
