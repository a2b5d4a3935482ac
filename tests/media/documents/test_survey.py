"""What a document is, and its paragraphs: from typeset PDFs, from text, again after a crash."""

import time
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from tests.media.documents import papers
from tests.media.documents.papers import HELLO, HELVETICA, page, pdf, stream, tree
from tests.media.documents.test_hostile import PICTURE, SCAN, nested_forms

from mediamill.core.errors import Cancelled, PermanentError
from mediamill.media.documents import Kind, Passage, Survey, passages, survey, survey_text
from mediamill.media.documents.passage import LONGEST_HEADING_CHARS
from mediamill.media.documents.pdf.skimming import Skim
from mediamill.media.documents.skimmed import FALLBACK, SKIMMER
from mediamill.testing import FakeContext

PROSE = (
    "A forager that has found nectar tells the others by a waggle dance. The angle of the dance to the vertical is "
    "that of the flower to the sun, and its length is the distance. Those who follow her learn both within a minute, "
    "and fly out by themselves."
)
BOOK = f"""
#set page(paper: "a5", numbering: "1", header: [Of bees and their dances #h(1fr) Second edition])
#set par(justify: true)
#set heading(numbering: "1.1")
#outline()
#pagebreak()
= The dance
{PROSE}#footnote[Karl von Frisch saw it first, in Austria, and won a prize for it.]

{PROSE.replace("nectar", "pollen")}
== Round dances
- the first point of a list
- the second one
#table(columns: 3, [Dance], [Distance], [Angle], [round], [near], [none], [waggle], [far], [of the sun])
#pagebreak()
= The hive
""" + "\n\n".join(f"Number {number} of the paragraphs. {PROSE}" for number in range(30))


def surveyed(path: Path) -> tuple[Survey, list[Passage]]:
    found = survey(path, FakeContext(path.parent), lambda _: None)
    return found, list(passages(found))


def test_a_book_is_paragraphs_below_their_headings(tmp_path: Path) -> None:
    found, read = surveyed(papers.typeset(BOOK, tmp_path / "a.pdf"))
    assert (found.kind, found.pages, found.scans) == (Kind.PDF, pdfium_pages(tmp_path / "a.pdf"), ())
    assert found.chars > 30 * len(PROSE)
    texts = [passage.text for passage in read]
    assert Passage(PROSE, "The dance", 2) in read or any(
        passage.text.startswith("A forager") and passage.heading == "The dance" and passage.page == 2
        for passage in read
    )
    assert sum(text.endswith(PROSE) and text.startswith("Number") for text in texts) == 30, "also over a page's end"
    assert {passage.heading for passage in read if passage.text.startswith("Number")} == {"The hive"}
    assert "the first point of a list" in texts
    assert "Karl von Frisch saw it first, in Austria, and won a prize for it." in texts


def test_nobody_reads_what_stands_around_the_pages(tmp_path: Path) -> None:
    _, read = surveyed(papers.typeset(BOOK, tmp_path / "a.pdf"))
    texts = " ".join(passage.text for passage in read)
    assert "Second edition" not in texts
    assert ". . ." not in texts, "the table of contents"
    assert not any(passage.text.isdigit() for passage in read)


def test_a_row_of_a_table_is_not_run_into_the_next(tmp_path: Path) -> None:
    _, read = surveyed(papers.typeset(BOOK, tmp_path / "a.pdf"))
    rows = [passage.text for passage in read if passage.heading == "Round dances" and "|" in passage.text]
    assert rows == ["Dance | Distance | Angle", "round | near | none", "waggle | far | of the sun"]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    said = "\n\n".join(f"Number {number} begins. {PROSE}" for number in range(24))
    source = f'#set page(paper: "a4", columns: 2)\n#set par(justify: true)\n{said}'
    _, read = surveyed(papers.typeset(source, tmp_path / "a.pdf"))
    assert [passage.text for passage in read] == [f"Number {number} begins. {PROSE}" for number in range(24)]


def test_words_that_a_line_cut_are_whole(tmp_path: Path) -> None:
    lines = (b"The communi-", b"cation of a well-", b"known colony is not", b"self-", b"evident.")
    shown = b"BT /F 12 Tf 72 700 Td 14 TL " + b" ".join(b"(%b) Tj T*" % line for line in lines) + b" ET"
    (tmp_path / "a.pdf").write_bytes(page(shown))
    _, read = surveyed(tmp_path / "a.pdf")
    assert [passage.text for passage in read] == ["The communication of a well-known colony is not self-evident."]


def test_numbers_of_notes_are_no_words_and_powers_are(tmp_path: Path) -> None:
    source = (
        "#set super(typographic: false)\nA bee#super[1] dances.#super[2] It flies 10#super[6] metres in 2 days, and 33"
    )
    _, read = surveyed(papers.typeset(source, tmp_path / "a.pdf"))
    assert [passage.text for passage in read] == ["A bee dances. It flies 106 metres in 2 days, and 33"]


def test_columns_that_a_file_has_line_by_line_are_put_apart(tmp_path: Path) -> None:
    left = [f"left {number} of a line that is long" for number in range(12)]
    right = [f"right {number} of a line that is long" for number in range(12)]
    shown = b"BT /F 10 Tf 14 TL 50 700 Td " + b"".join(
        b"(%b) Tj 260 0 Td (%b) Tj -260 -14 Td " % (one.encode(), other.encode())
        for one, other in zip(left, right, strict=True)
    )
    (tmp_path / "a.pdf").write_bytes(page(shown + b" ET"))
    _, read = surveyed(tmp_path / "a.pdf")
    assert " ".join(passage.text for passage in read) == " ".join([*left, *right])


def test_pages_of_pictures_are_named(tmp_path: Path) -> None:
    leaf = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R"
        b"/Resources<</Font<</F 7 0 R>>/XObject<</I 8 0 R>>>>>>"
    )
    shown = (stream(HELLO), stream(b"q 612 0 0 792 0 0 cm /I Do Q"))
    (tmp_path / "a.pdf").write_bytes(pdf(tree(leaf % 5, leaf % 6, others=[*shown, HELVETICA, PICTURE])))
    found, read = surveyed(tmp_path / "a.pdf")
    assert (found.scans, [passage.text for passage in read]) == ((2,), ["Hello world of documents"])
    (tmp_path / "b.pdf").write_bytes(SCAN)
    found, read = surveyed(tmp_path / "b.pdf")
    assert (found.scans, found.chars, read) == ((1,), 0, [])


def test_an_empty_pdf_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(page(b""))
    with pytest.raises(PermanentError) as refused:
        surveyed(tmp_path / "a.pdf")
    assert refused.value.code == "NO_TEXT"


def test_no_page_is_read_twice(tmp_path: Path) -> None:
    path = papers.typeset("#pagebreak()\n".join(["Bees dance."] * 120), tmp_path / "a.pdf")
    first, told = FakeContext(tmp_path), list[float]()

    def tell(done: float) -> None:
        told.append(done)
        if done > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        survey(path, first, tell)
    assert [key.rpartition(":")[2] for key in first.made] == ["about", "1-50"]
    second = FakeContext(tmp_path)
    found = survey(path, second, lambda _: None)
    assert [key.rpartition(":")[2] for key in second.made] == ["51-100", "101-120"]
    assert all(before <= after for before, after in pairwise(told))
    third = FakeContext(tmp_path)
    assert survey(path, third, lambda _: None) == found
    assert third.ran == [], "no process begins for what is kept"


def test_what_pdfium_does_not_survive_is_read_by_another(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(nested_forms())
    ctx = FakeContext(tmp_path)
    found = survey(tmp_path / "a.pdf", ctx, lambda _: None)
    assert next(passages(found)).text.startswith("Hello world of documents")
    assert ctx.ran == [(SKIMMER,), (FALLBACK,)]
    assert [each.event for each in ctx.logged] == ["document.fallback"]


def test_headings_are_bold_or_large_or_in_the_outline(tmp_path: Path) -> None:
    source = f"""
#set heading(outlined: false, bookmarked: false)
#text(size: 16pt)[Of large letters]

{PROSE}

*1.2 Numbered and bold*

{PROSE}

*Bold alone*

{PROSE} *Bold within* the text, and a *bold* word.

#heading(bookmarked: true, level: 3)[#text(size: 11pt, weight: "regular")[Only in the outline]]

{PROSE}
"""
    _, read = surveyed(papers.typeset(source, tmp_path / "a.pdf"))
    assert [passage.heading for passage in read] == [
        "Of large letters",
        "Numbered and bold",
        "Bold alone",
        "Only in the outline",
    ]


def test_a_text_is_paragraphs_too(tmp_path: Path) -> None:
    text = "CHAPTER I\n\nIt was a day\nin May.\n\n- one\n- two\n\nCHAPTER II\n\nIt rained.\n"
    found = survey_text(text, FakeContext(tmp_path))
    assert (found.kind, found.pages, found.title) == (Kind.TEXT, None, "CHAPTER I")
    assert list(passages(found)) == [
        Passage("It was a day in May.", "CHAPTER I"),
        Passage("- one", "CHAPTER I"),
        Passage("- two", "CHAPTER I"),
        Passage("It rained.", "CHAPTER II"),
    ]


def test_markdown_is_prose_below_headings(tmp_path: Path) -> None:
    text = (
        "# Bees\n\nThey **dance**, see [here](https://example.org).\n\n```python\nx = 1\n```\n\n## The hive\n\n- warm\n"
    )
    found = survey_text(text, FakeContext(tmp_path))
    assert (found.kind, found.title, found.chars) == (Kind.MARKDOWN, "Bees", 25)
    assert list(passages(found)) == [Passage("They dance, see here.", "Bees"), Passage("warm", "The hive")]


@pytest.mark.parametrize("kind", ["md", "pdf"])
def test_a_heading_of_pages_is_not_written_again_with_each_of_its_paragraphs(kind: str, tmp_path: Path) -> None:
    heading, path = "The dances of bees " * 100, tmp_path / f"a.{kind}"
    if kind == "md":
        path.write_text(f"# {heading}\n\n{PROSE}\n")
    else:
        papers.typeset(f"= {heading}\n{PROSE}\n\n" + f"{PROSE}\n\n" * 20, path)
    _, read = surveyed(path)
    assert read[-1].heading.startswith("The dances of bees The dances")
    assert {len(passage.heading) for passage in read} == {LONGEST_HEADING_CHARS}


def test_a_long_text_is_read_in_parts_and_nobody_sees_where_they_end(tmp_path: Path) -> None:
    said = [f"Number {number} of the paragraphs. {PROSE}" for number in range(10_000)]
    (tmp_path / "a.txt").write_text("\n\n".join(["CHAPTER I", *said[:5_000], "CHAPTER II", *said[5_000:]]))
    told = list[float]()
    found = survey(tmp_path / "a.txt", FakeContext(tmp_path), told.append)
    assert found.chars == sum(map(len, said))
    assert [passage.text for passage in passages(found)] == said
    headings = [passage.heading for passage in passages(found)]
    assert headings == ["CHAPTER I"] * 5_000 + ["CHAPTER II"] * 5_000
    assert len(told) > 5
    assert told == sorted(told)


def test_a_block_of_code_is_not_cut(tmp_path: Path) -> None:
    code = "```\n" + "x = 'no words of a text'\n\n" * 20_000 + "```"
    text = "\n\n".join(["# Bees", *[PROSE] * 2_500, code, "They dance."])
    found = survey_text(text, FakeContext(tmp_path))
    assert {passage.text for passage in passages(found)} == {PROSE, "They dance."}


def test_a_surveys_passages_may_be_asked_again(tmp_path: Path) -> None:
    found = survey(papers.typeset(BOOK, tmp_path / "a.pdf"), FakeContext(tmp_path), lambda _: None)
    assert list(passages(found)) == list(passages(found))


def test_lines_cost_about_twice_the_bare_text(tmp_path: Path) -> None:
    path = papers.typeset(BOOK + "\n\n".join([PROSE] * 300), tmp_path / "a.pdf")
    skim, bare = Skim(path), pdfium.PdfDocument(path)

    def skimmed() -> None:
        for number in range(1, skim.count + 1):
            skim.sheet(number)

    def read_bare() -> None:
        for index in range(len(bare)):
            text = bare[index].get_textpage()
            text.get_text_range()
            text.close()

    def cost(work: object) -> float:
        assert callable(work)
        begin = time.process_time()
        work()
        return time.process_time() - begin

    assert min(cost(skimmed) for _ in range(3)) < 3.5 * min(cost(read_bare) for _ in range(3))


def pdfium_pages(path: Path) -> int:
    with pdfium.PdfDocument(path) as opened:
        return len(opened)
