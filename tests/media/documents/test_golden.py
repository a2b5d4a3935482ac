"""Documents as people typeset them, beside the Markdown that a person would write of them (golden/)."""

from pathlib import Path
from typing import Final

import pytest
from tests.media.documents import papers

from mediamill.media.documents import Document, Kind, read
from mediamill.testing import FakeContext

GOLDEN: Final = Path(__file__).with_name("golden")
DOCUMENTS: Final = sorted(each.stem for each in papers.SOURCES.glob("*.typ"))


def typeset_and_read(name: str, folder: Path) -> Document:
    return read(papers.typeset(f"{name}.typ", folder / "document.pdf"), FakeContext(folder))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_as_it_was_meant(name: str, tmp_path: Path) -> None:
    document = typeset_and_read(name, tmp_path)
    assert document.kind is Kind.PDF
    assert document.markdown == (GOLDEN / f"{name}.md").read_text()


def test_the_documents_that_should_be_there_are() -> None:
    assert {"article", "paper", "vietnamese", "handbook", "book"} <= set(DOCUMENTS)
    assert sorted(each.stem for each in GOLDEN.glob("*.md")) == DOCUMENTS


def test_the_title_is_the_one_given_else_the_first_heading(tmp_path: Path) -> None:
    assert typeset_and_read("article", tmp_path / "a").title == "How Bees Find Their Way"
    assert typeset_and_read("vietnamese", tmp_path / "b").title == "Hướng dẫn nuôi ong mật"
    source = '#set document(title: "Microsoft Word - Thesis_final(2).docx")\n#set text(size: 9pt)\n= Bees\n#lorem(60)'
    named = read(papers.typeset(source, tmp_path / "c.pdf"), FakeContext(tmp_path))
    assert named.title == "Bees"


def test_lines_of_two_columns_are_never_mixed(tmp_path: Path) -> None:
    text = typeset_and_read("paper", tmp_path).markdown
    assert text.index("ALPHA begins the left column") < text.index("OMEGA ends it") < text.index("Related work")
    assert text.index("Abstract.") < text.index("ALPHA")
    assert text.rstrip().endswith("FINIS.")
    assert text.count("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod") == 6


def test_heads_and_numbers_of_pages_are_gone(tmp_path: Path) -> None:
    for name, words in (("book", ("A Short Book", "Chapter about", "The Press")), ("paper", ("Journal of",))):
        document = typeset_and_read(name, tmp_path / name)
        assert document.pages is not None
        assert document.pages > 1
        assert not any(each in document.markdown for each in words)
        assert not any(line.strip().isdigit() for line in document.markdown.split("\n"))
