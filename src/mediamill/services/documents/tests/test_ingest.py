"""What is read of a document whose pages are pictures, here and by other workers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from tests.media.documents import papers, scans

from mediamill import PermanentError, Stages
from mediamill.services.documents import facts
from mediamill.services.documents.ingest import SCANNED_HERE, Source, check_cut, ingest
from mediamill.services.documents.params import Ocr, Params
from mediamill.services.documents.stages import stages_of
from mediamill.testing import FakeContext

A5: Final = '#set page(paper: "a5", margin: 1.5cm)\n'
#: No digits: a number at the edge of a page that grows with the pages is taken for theirs.
NAMES: Final = ("oak", "ash", "elm", "fir", "yew", "box", "bay", "fig", "tea")
PROSE: Final = (Path(__file__).parents[5] / "tests/quality/documents/workshop.txt").read_text().split("\n\n")
#: Paragraphs of a page's length, one for each: what all pages say is taken for what stands around their text.
SAID: Final = [" ".join(each.split()) for each in PROSE if 60 < len(each.split()) < 200 and "++" not in each]


def book(numbers: Sequence[int], title: str = "") -> str:
    """Return a source of typst's of pages that say which they are."""
    pages = "\n#pagebreak()\n".join(f'#"We are at {NAMES[number]} now. {SAID[number]}"' for number in numbers)
    return f"{A5}{title}\n{pages}"


def read(path: Path, ctx: FakeContext, **params: object) -> Source:
    ctx.inputs = {"file": path}
    given = Params.model_validate(params)
    stages: Stages = stages_of(given, ctx, from_cards=False)
    return ingest(given, ctx, stages)


def pages_of(source: Source) -> list[tuple[int, int | None]]:
    """Return what the pages say they are, in the order in which they are read, and their numbers."""
    marks = [(re.findall(r"We are at (\w+) now", passage.text), passage.page) for passage in source.passages()]
    return [(NAMES.index(said), page) for found, page in marks for said in found]


def test_a_few_scanned_pages_are_read_in_place(tmp_path: Path) -> None:
    path = scans.scanned(book([1, 2], "= Working in wood"), tmp_path / "a.pdf")
    ctx = FakeContext(tmp_path)
    source = read(path, ctx)
    assert pages_of(source) == [(1, 1), (2, 2)]
    assert ctx.children == []
    told = facts.of_source(source)
    assert (told["title"], told["pages"], told["scanned_pages"], told["unread_pages"]) == ("Working in wood", 2, 2, 0)
    assert told["characters"] > 0.95 * len(SAID[1] + SAID[2])


def test_many_scanned_pages_are_read_by_jobs_of_their_own_and_stay_in_order(tmp_path: Path) -> None:
    numbers = list(range(1, SCANNED_HERE + 4))
    scanned = scans.scanned(book(numbers), tmp_path / "scanned.pdf", dpi=150)
    typed = papers.typeset(book([0]), tmp_path / "typed.pdf")
    path = scans.together([typed, scanned], tmp_path / "a.pdf")
    ctx = FakeContext(tmp_path)
    source = read(path, ctx)
    assert pages_of(source) == [(number, number + 1) for number in (0, *numbers)]
    shared = [child.params for child in ctx.children]
    assert all(isinstance(params, Params) for params in shared)
    assert len(shared) > 1
    assert facts.of_source(source)["scanned_pages"] == len(numbers)


def test_pages_that_each_bring_a_whole_document_along_are_not_cut_out() -> None:
    check_cut(300 * 2**20, whole_bytes=50 * 2**20)
    with pytest.raises(PermanentError) as refused:
        check_cut(300 * 2**20, whole_bytes=9 * 2**20)
    assert refused.value.code == "PARSER_LIMIT"


def test_without_ocr_pages_that_are_pictures_are_left_out(tmp_path: Path) -> None:
    scanned = scans.scanned(book([2]), tmp_path / "scanned.pdf")
    typed = papers.typeset(book([1]), tmp_path / "typed.pdf")
    source = read(scans.together([typed, scanned], tmp_path / "a.pdf"), FakeContext(tmp_path), ocr=Ocr.NEVER)
    assert pages_of(source) == [(1, 1)]
    assert facts.of_source(source)["unread_pages"] == 1


def test_without_ocr_a_document_of_pictures_says_so(tmp_path: Path) -> None:
    path = scans.scanned(book([1]), tmp_path / "a.pdf")
    with pytest.raises(PermanentError, match="its pages are pictures, and `ocr` is `never`") as raised:
        read(path, FakeContext(tmp_path), ocr=Ocr.NEVER)
    assert raised.value.code == "NO_TEXT"


def test_a_document_of_photographs_has_nothing_to_read(tmp_path: Path) -> None:
    path = scans.bound([scans.photo()], tmp_path / "a.pdf")
    with pytest.raises(PermanentError, match="no letter was found") as raised:
        read(path, FakeContext(tmp_path))
    assert raised.value.code == "NO_TEXT"
