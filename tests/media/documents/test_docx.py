"""Word documents: what is read of one, and what is refused."""

from pathlib import Path
from typing import Final

import pytest
from tests.media.documents import word
from tests.media.documents.word import W, written

from mediamill.core.errors import PermanentError
from mediamill.media.documents import Kind, Passage, passages, read, survey
from mediamill.testing import FakeContext

BEES: Final = """\
# Bees

# The dance

A forager that has found **nectar** tells the others.

- a dot
1. first
2. second

| inner 0 | inner 1 |
| --- | --- |
| inner 2 | inner 3 |

| Dance | Distance |
| --- | --- |
| round | near |

## The hive

It is * warm\\_ and \\<b>.

### Short and bold

Below it.

## Of an outline's level

The end.
"""
PARAGRAPH: Final = "<w:p><w:r><w:t>Bees dance.</w:t></w:r></w:p>"


def read_passages(path: Path) -> list[Passage]:
    return list(passages(survey(path, FakeContext(path.parent), lambda _: None)))


def refused(path: Path) -> PermanentError:
    with pytest.raises(PermanentError) as raised:
        survey(path, FakeContext(path.parent), lambda _: None)
    return raised.value


def test_a_word_document_is_markdown(tmp_path: Path) -> None:
    document = read(word.bees(tmp_path / "named.pdf"), FakeContext(tmp_path))
    assert (document.kind, document.title, document.pages) == (Kind.DOCX, "Of bees", None)
    assert document.markdown == BEES


def test_a_word_document_is_passages(tmp_path: Path) -> None:
    found = survey(word.bees(tmp_path / "a.docx"), FakeContext(tmp_path), lambda _: None)
    read = list(passages(found))
    assert (found.kind, found.title, found.pages, found.chars) == (Kind.DOCX, "Of bees", None, sum(map(chars, read)))
    assert Passage("A forager that has found nectar tells the others.", "The dance") in read
    assert Passage("round | near", "The dance") in read
    assert read[-1] == Passage("The end.", "Of an outline's level")
    assert not any("of each page" in passage.text for passage in read)


def chars(passage: Passage) -> int:
    return len(passage.text)


def test_headings_are_told_by_styles_of_any_language(tmp_path: Path) -> None:
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Tiêu đề riêng"/><w:basedOn w:val="berschrift1"/>'
        '</w:style><w:style w:type="paragraph" w:styleId="Level"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="1"/>'
        "</w:pPr></w:style></w:styles>"
    )
    relations = word.RELATIONS.replace('officeDocument" ', 'styles" ').replace("word/document.xml", "styles.xml")
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>{PARAGRAPH}'
        for style in ("berschrift1", "Mine", "Level", "Other")
    )
    path = written(body, tmp_path / "a.docx", {"word/styles.xml": styles, "word/_rels/document.xml.rels": relations})
    headings = [line for line in read(path, FakeContext(tmp_path)).markdown.split("\n") if line.startswith("#")]
    assert headings == ["# berschrift1", "# Mine", "## Level"]


def test_what_is_deleted_or_hidden_in_boxes_is_not_read(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:ins><w:r><w:t>and added</w:t><w:tab/><w:t>here</w:t></w:r></w:ins>"
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
        "<w:r><w:t>.</w:t></w:r></w:p>"
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent><w:p><w:r><w:t>Contents 1</w:t></w:r></w:p></w:sdtContent></w:sdt>{PARAGRAPH}"
    )
    assert [each.text for each in read_passages(written(body, tmp_path / "a.docx"))] == [
        "Kept and added here.",
        "Bees dance.",
    ]


def test_footnotes_are_read_at_the_end(tmp_path: Path) -> None:
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:t>Frisch saw it.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    relations = word.RELATIONS.replace('officeDocument" ', 'footnotes" ').replace("word/document.xml", "footnotes.xml")
    body = '<w:p><w:r><w:t>Bees dance.</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p>'
    path = written(body, tmp_path / "a.docx", {"word/footnotes.xml": notes, "word/_rels/document.xml.rels": relations})
    assert [each.text for each in read_passages(path)] == ["Bees dance.", "Frisch saw it."]
    assert read(path, FakeContext(tmp_path)).markdown == "Bees dance.[^1]\n\n[^1]: Frisch saw it.\n"


def test_a_document_of_a_gigabyte_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = word.bomb(tmp_path / "a.docx", 300)
    assert path.stat().st_size < 2_000_000
    error = refused(path)
    assert error.code == "PARSER_LIMIT"
    assert "unpacks to 286 MiB" in error.message


def test_blanks_below_the_limits_take_no_memory_and_are_no_text(tmp_path: Path) -> None:
    path = word.bomb(tmp_path / "a.docx", 14)
    assert refused(path).code == "NO_TEXT"


ENTITIES: Final = '<!DOCTYPE w [<!ENTITY a "bees"><!ENTITY b "&a;&a;&a;&a;">]>'
REFUSED: Final = {
    "a spreadsheet": ({"xl/workbook.xml": "<x/>"}, "UNSUPPORTED_TYPE", "an Excel workbook"),
    "a book": ({"META-INF/container.xml": "<x/>"}, "UNSUPPORTED_TYPE", "an EPUB"),
    "other files": ({"a.txt": "words"}, "UNSUPPORTED_TYPE", "a ZIP file"),
    "no XML": ({"word/document.xml": "words"}, "MALFORMED", "broken"),
    "XML that is cut off": ({"word/document.xml": f"<w:document {W}><w:body>{PARAGRAPH}"}, "MALFORMED", "broken"),
    "no words": ({"word/document.xml": f"<w:document {W}><w:body/></w:document>"}, "NO_TEXT", "no sentences"),
    "a thousand storeys": (
        {"word/document.xml": f"<w:document {W}>{'<w:tbl>' * 1_000}{'</w:tbl>' * 1_000}</w:document>"},
        "MALFORMED",
        "broken",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_zip_file_that_is_none_is_refused(what: str, tmp_path: Path) -> None:
    parts, code, words = REFUSED[what]
    error = refused(word.zipped(parts, tmp_path / "a.docx"))
    assert (error.code, words in error.message) == (code, True), error.message


def test_entities_are_not_looked_up(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:t>Bees &b; dance.</w:t></w:r></w:p>"
    document = f"{ENTITIES}<w:document {W}><w:body>{body}{PARAGRAPH}</w:body></w:document>"
    path = word.zipped({"_rels/.rels": word.RELATIONS, "word/document.xml": document}, tmp_path / "a.docx")
    assert "beesbees" not in " ".join(each.text for each in read_passages(path))


def test_a_zip_of_very_many_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word.many_entries(10_001))
    assert refused(tmp_path / "a.docx").code == "PARSER_LIMIT"
