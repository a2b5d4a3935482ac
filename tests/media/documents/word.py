"""Word documents: as Word's own library writes them, and such as only a hostile hand does."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def bees(to: Path) -> Path:
    """Write a document with everything that is read, and what is not."""
    made = docx.Document()
    made.core_properties.title = "Of bees"
    made.sections[0].header.paragraphs[0].text = "A head of each page"
    made.sections[0].footer.paragraphs[0].text = "A foot of each page"
    made.add_heading("Bees", 0)
    made.add_heading("The dance", 1)
    paragraph = made.add_paragraph("A forager that has found ")
    paragraph.add_run("nectar").bold = True
    paragraph.add_run(" tells the others.")
    for style, item in (("List Bullet", "a dot"), ("List Number", "first"), ("List Number", "second")):
        made.add_paragraph(item, style=style)
    table = made.add_table(2, 2)
    for row, words in zip(table.rows, (("Dance", "Distance"), ("round", "near")), strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    inner = table.rows[1].cells[1].add_table(2, 2)
    for number, cell in enumerate(cell for row in inner.rows for cell in row.cells):
        cell.text = f"inner {number}"
    made.add_heading("The hive", 2)
    made.add_paragraph("It is * warm_ and <b>.")
    made.add_paragraph().add_run("Short and bold").bold = True
    made.add_paragraph("Below it.")
    outlined = made.add_paragraph("Of an outline's level")
    level = OxmlElement("w:outlineLvl")
    level.set(qn("w:val"), "1")
    outlined._p.get_or_add_pPr().append(level)
    made.add_paragraph("The end.")
    made.save(str(to))
    return to


def zipped(parts: Mapping[str, str | bytes], to: Path) -> Path:
    """Write a ZIP of these files."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return to


def written(body: str, to: Path, parts: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a document of this XML in its body. parts: files besides."""
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return zipped({"_rels/.rels": RELATIONS, "word/document.xml": document, **(parts or {})}, to)


def bomb(to: Path, megabytes: int) -> Path:
    """Write a document of so much XML: paragraphs of nothing but blanks."""
    part = b"<w:p><w:r><w:t>" + b" " * 1_000_000 + b"</w:t></w:r></w:p>"
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("_rels/.rels", RELATIONS)
        with archive.open("word/document.xml", "w") as file:
            file.write(f"<w:document {W}><w:body>".encode())
            for _ in range(megabytes):
                file.write(part)
            file.write(b"</w:body></w:document>")
    return to


def many_entries(count: int) -> bytes:
    """Return a ZIP of so many empty files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("word/document.xml", "")
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return content.getvalue()
