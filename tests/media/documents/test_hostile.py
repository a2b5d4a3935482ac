"""What nobody should send, and what people do send by mistake: each is refused, and its sender told why."""

import gzip
import random
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest
from tests.media.documents import papers
from tests.media.documents.papers import HELLO, HELVETICA, page, pdf, stream, tree

from mediamill.core.errors import PermanentError
from mediamill.media.documents import Kind, asking, read
from mediamill.media.documents.pdf.reading import markdown_of
from mediamill.media.documents.skimmed import FALLBACK
from mediamill.testing import FakeContext

LEAF: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
#: A font of numbers that nobody explains, as careless programs write them.
NUMBERED: Final = b"<</Type/Font/Subtype/Type0/BaseFont/Foo/Encoding/Identity-H/DescendantFonts[6 0 R]%b>>"
OF_NUMBERED: Final = (
    b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Foo/FontDescriptor 7 0 R/CIDSystemInfo<</Ordering(Identity)>>>>",
    b"<</Type/FontDescriptor/FontName/Foo/Flags 4/FontBBox[0 0 999 999]/Ascent 800/Descent -200/StemV 80>>",
)
NUMBERS: Final = b"BT /F 12 Tf 72 700 Td <0024003500460047004800550001003500460047> Tj ET"
TO_PRIVATE: Final = stream(
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
    b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <00ff> <e000> endbfrange "
    b"endcmap end end"
)
PICTURE: Final = stream(
    b"\x00\xff" * 8, b"/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceGray/BitsPerComponent 8"
)
SCAN: Final = pdf(
    tree(
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        others=[stream(b"q 612 0 0 792 0 0 cm /I Do Q"), PICTURE],
    )
)


OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
OLD_WORD: Final = OLD + "WordDocument".encode("utf-16-le") + bytes(100)
LOCKED_WORD: Final = OLD + "EncryptedPackage".encode("utf-16-le") + bytes(100)


def deflated(begin: bytes, part: bytes, times: int, end: bytes = b"") -> bytes:
    """Return a page whose content is packed, made so that it takes no memory here."""
    packer = zlib.compressobj(1)
    packed = [packer.compress(begin), *(packer.compress(part) for _ in range(times)), packer.compress(end)]
    return page(b"".join(packed) + packer.flush(), b"/Filter/FlateDecode")


def nested_forms() -> bytes:
    """Return a page of a picture that shows ten that show ten and so on: 10^8 lines of text."""
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    box = b"/Type/XObject/Subtype/Form/BBox[0 0 999 999]/Resources<<%b>>"
    forms = [stream(b"/X Do " * 10, box % (b"/XObject<</X %d 0 R>>" % number)) for number in range(6, 14)]
    last = stream(HELLO, box % b"/Font<</F 14 0 R>>")
    return pdf(tree(leaf, others=[stream(b"/X Do"), *forms, last, HELVETICA]))


def refused(name: str, content: bytes, folder: Path) -> PermanentError:
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(PermanentError) as raised:
        read(path, FakeContext(folder))
    return raised.value


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


REFUSED: Final = {
    "an empty file": ("a.pdf", b"", "NO_TEXT", "no letter and no digit"),
    "no PDF behind its mark": ("a.pdf", b"%PDF-1.7\nnothing", "MALFORMED", "broken or cut off"),
    "a PDF without its end": ("a.pdf", page(HELLO)[:300], "MALFORMED", "broken or cut off"),
    "half a ZIP": ("a.pdf", b"PK\x03\x04" + bytes(100), "MALFORMED", "broken or cut off"),
    "a picture": ("a.md", b"\x89PNG\r\n\x1a\n" + bytes(100), "UNSUPPORTED_TYPE", "a PNG picture"),
    "a picture named .pdf": ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(100), "UNSUPPORTED_TYPE", "a PNG picture"),
    "a page of HTML": ("a.txt", b"<!DOCTYPE html>\n<title>Bees</title>", "UNSUPPORTED_TYPE", "a page of HTML"),
    "an RTF document": ("a.docx", b"{\\rtf1\\ansi Bees}", "UNSUPPORTED_TYPE", "an RTF document"),
    "a packed text": ("a.txt", gzip.compress(b"Bees"), "UNSUPPORTED_TYPE", "a gzip file"),
    "random bytes": ("a.txt", random.Random(1).randbytes(5_000), "UNSUPPORTED_TYPE", "binary"),  # noqa: S311
    "a document of an old Word": ("a.docx", OLD_WORD, "UNSUPPORTED_TYPE", "save it as .docx"),
    "a Word document with a password": ("a.docx", LOCKED_WORD, "ENCRYPTED", "with a password"),
    "a password": ("a.pdf", papers.encrypted(b"secret"), "ENCRYPTED", "with a password"),
    "a scan": ("a.pdf", SCAN, "NO_TEXT", "OCR"),
    "an empty page": ("a.pdf", page(b""), "NO_TEXT", "no text"),
    "letters that are numbers": (
        "a.pdf",
        page(NUMBERS, font=NUMBERED % b"", more=OF_NUMBERED),
        "NO_TEXT",
        "100 % of them are unknown",
    ),
    "letters for private use": (
        "a.pdf",
        page(NUMBERS, font=NUMBERED % b"/ToUnicode 8 0 R", more=(*OF_NUMBERED, TO_PRIVATE)),
        "NO_TEXT",
        "100 % of them are unknown",
    ),
    "a tree that is its own branch": (
        "a.pdf",
        pdf(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>",
                b"<</Type/Pages/Kids[2 0 R]>>",
            ]
        ),
        "MALFORMED",
        "none of its pages",
    ),
    "thousands of pages": (
        "a.pdf",
        pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count 5000>>" % (b"3 0 R " * 5000), LEAF]),
        "TOO_MANY_PAGES",
        "5000 pages; the limit is 2000",
    ),
    "a tree of 20,000 storeys": (
        "a.pdf",
        pdf(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                *(b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % number for number in range(3, 20_000)),
                LEAF,
            ]
        ),
        "MALFORMED",
        "none of its pages",
    ),
    "a million brackets": (
        "a.pdf",
        pdf(tree(LEAF[:-2] + b"/X " + b"[" * 1_000_000 + b"]" * 1_000_000 + b">>")),
        "NO_TEXT",
        "no text",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_and_the_message_says_why(what: str, tmp_path: Path) -> None:
    name, content, code, words = REFUSED[what]
    error = refused(name, content, tmp_path)
    assert (error.code, words in error.message) == (code, True), error.message


def self_shown() -> bytes:
    """Return a page with a picture that shows itself, twice."""
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    words = b"/Type/XObject/Subtype/Form/BBox[0 0 999 999]/Resources<</XObject<</X 5 0 R>>/Font<</F 6 0 R>>>>"
    return pdf(tree(leaf, others=[stream(b"/X Do"), stream(b"/X Do /X Do " + HELLO, words), HELVETICA]))


def twice_deflated(megabytes: int) -> bytes:
    """Return a page whose content is packed, and packed again."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return page(zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]")


BOMBS: Final = {
    "700 MB of blanks in 3 MB": lambda: deflated(b"", b" " * 1_000_000, 700),
    "800 MB of blanks in 40 kB": lambda: twice_deflated(800),
    "40 million letters in 200 kB": lambda: deflated(
        b"BT /F 12 Tf 72 700 Td ", b"(aaaaaaaaaa) Tj " * 40_000, 100, b"ET"
    ),
}
#: What pdfium dies of, and pypdf reads.
SURVIVED: Final = {"pictures of pictures of pictures": nested_forms, "a picture of itself": self_shown}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_goes_off_in_the_readers_process_and_within_its_memory(what: str, tmp_path: Path) -> None:
    bomb = BOMBS[what]()
    mine = psutil.Process().memory_info().rss
    assert len(bomb) < 5_000_000
    error = refused("bomb.pdf", bomb, tmp_path)
    assert error.code in {"PARSER_LIMIT", "MALFORMED"}
    assert "PDF" in error.message
    assert psutil.Process().memory_info().rss - mine < 50_000_000


@pytest.mark.parametrize("what", SURVIVED)
def test_what_pdfium_does_not_survive_is_read_once_more(what: str, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(SURVIVED[what]())
    ctx = FakeContext(tmp_path)
    assert read(tmp_path / "a.pdf", ctx).markdown.startswith("Hello world of documents")
    assert ctx.ran == [(asking.READER,), (FALLBACK,)]


def test_a_bomb_takes_no_more_memory_than_its_process_may_have(tmp_path: Path) -> None:
    """Told by a process of its own, whose only children these are."""
    (tmp_path / "a.pdf").write_bytes(twice_deflated(800))
    code = (
        "import resource, sys; from pathlib import Path; from mediamill.testing import FakeContext\n"
        "from mediamill.core.errors import PermanentError; from mediamill.media.documents import survey\n"
        "folder = Path(sys.argv[1])\n"
        "try: survey(folder / 'a.pdf', FakeContext(folder), lambda _: None)\n"
        "except PermanentError as refused: print(refused.code)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    told = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    ended, peak_mib = told.stdout.split()
    assert (ended, int(peak_mib) < 600) == ("PARSER_LIMIT", True)


def test_the_worker_reads_on_after_a_bomb(tmp_path: Path) -> None:
    refused("bomb.pdf", deflated(b"", b" " * 1_000_000, 700), tmp_path)
    (tmp_path / "a.pdf").write_bytes(page(HELLO))
    assert read(tmp_path / "a.pdf", FakeContext(tmp_path)).markdown == "Hello world of documents\n"


def test_a_pdf_encrypted_for_everybody_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(papers.encrypted(b""))
    assert read(tmp_path / "a.pdf", FakeContext(tmp_path)).markdown == "Hello world of documents\n"


def test_a_pdf_is_told_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(page(HELLO))
    assert read(tmp_path / "a.txt", FakeContext(tmp_path)).kind is Kind.PDF
    (tmp_path / "b.pdf").write_bytes(b"junk of a mail program\n" + page(HELLO))
    assert read(tmp_path / "b.pdf", FakeContext(tmp_path)).kind is Kind.PDF
    binary = page(HELLO).replace(b"%PDF-1.7\n", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    (tmp_path / "b").write_bytes(b"junk of a mail program\n" + binary)
    assert read(tmp_path / "b", FakeContext(tmp_path)).kind is Kind.PDF
    (tmp_path / "c.md").write_text("A PDF begins with `%PDF-1.7`.")
    assert read(tmp_path / "c.md", FakeContext(tmp_path)).kind is not Kind.PDF
    (tmp_path / "d.pdf").write_text("Only text.")
    assert read(tmp_path / "d.pdf", FakeContext(tmp_path)).kind is Kind.TEXT


def test_a_broken_page_does_not_hide_the_others(tmp_path: Path) -> None:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 6 0 R/Resources<</Font<</F 7 0 R>>>>>>"
    (tmp_path / "a.pdf").write_bytes(pdf(tree(b"null", leaf, LEAF, others=[stream(HELLO), HELVETICA])))
    ctx = FakeContext(tmp_path)
    assert read(tmp_path / "a.pdf", ctx).markdown == "Hello world of documents\n"
    assert ctx.logged[-1].fields == {"pages": 3, "unreadable_pages": 1, "wordless_pages": 1}


def test_a_file_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(page(HELLO))
    (tmp_path / "renamed").write_bytes(page(HELLO))
    first, second = FakeContext(tmp_path), FakeContext(tmp_path)
    assert read(tmp_path / "a.pdf", first) == read(tmp_path / "renamed", second)
    assert (first.ran, second.ran) == ([(asking.READER,)], [])


def test_mutated_pdfs_are_read_or_refused(tmp_path: Path) -> None:
    """In this process, so that hundreds take no time; where pdfium crashes, this test does."""
    dice = random.Random(7)  # noqa: S311 - the same each time
    whole = papers.typeset("= Title\n#lorem(80)\n- one\n- two\n#pagebreak()\nMore `code` here.", tmp_path / "a.pdf")
    sources = [whole.read_bytes(), page(HELLO), papers.encrypted(b""), nested_forms()[:600]]
    path, read_ones = tmp_path / "mutated.pdf", 0
    for _ in range(300):
        content = bytearray(dice.choice(sources))
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(content))
            match dice.randrange(3):
                case 0:
                    content[place] = dice.randrange(256)
                case 1:
                    del content[place : place + dice.randrange(1, 40)]
                case _:
                    content[place:place] = content[place : place + dice.randrange(1, 40)]
        path.write_bytes(content)
        try:
            read_ones += bool(markdown_of(path, lambda _: None).markdown.strip())
        except PermanentError as error:
            assert error.code in {"MALFORMED", "NO_TEXT", "ENCRYPTED", "TOO_MANY_PAGES"}  # noqa: PT017 - one of many
    assert read_ones > 50
