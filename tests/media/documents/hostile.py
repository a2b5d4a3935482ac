"""Files that nobody should send, or that people send by mistake: one for each way in which a document can be none."""

import random
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image
from tests.media.documents import papers, scans, word
from tests.media.documents.papers import HELLO, page, pdf, stream, tree
from tests.media.documents.test_hostile import deflated, nested_forms

#: A self-recursive form: each showing of it shows it twice more.
_BOX: Final = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X 5 0 R>>>>"
_SHOWS: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
#: In the place of an error: pypdf gives up on what it finds too deep, and what it has read by then is text.
READ: Final = ""
_LEAF: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
_CATALOGUE: Final = b"<</Type/Catalog/Pages 2 0 R>>"


class Hostile(NamedTuple):
    """A file. name: what it is called. codes: what its sender may be told; READ: that it was read after all."""

    name: str
    write: Callable[[Path], object]
    codes: frozenset[str]


def _bytes(name: str, make: Callable[[], bytes], *codes: str) -> Hostile:
    return Hostile(name, lambda path: path.write_bytes(make()), frozenset(codes))


def recursive_form() -> bytes:
    """Return a page with a picture that shows itself, twice."""
    return pdf(tree(_SHOWS, others=[stream(b"/X Do"), stream(b"/X Do /X Do " + HELLO, _BOX)]))


def twice_deflated() -> bytes:
    """Return a page whose content is 2 GB of blanks, packed, and packed again: 10 KB."""
    packer = zlib.compressobj(9)
    begin = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)  # says the same wherever it stands
    packed = zlib.compress(begin + part * 1_999 + packer.flush(), 9)
    return page(packed, b"/Filter[/FlateDecode/FlateDecode]")


def text_bomb() -> bytes:
    """Return a page of 100 million letters, packed."""
    return deflated(b"BT /F 12 Tf 72 700 Td ", b"(aaaaaaaaaa) Tj " * 40_000, 250, b"ET")


def shared_kid(pages: int = 300_000) -> bytes:
    """Return so many pages that are one."""
    return pdf([_CATALOGUE, b"<</Type/Pages/Kids[%b]/Count %d>>" % (b"3 0 R " * pages, pages), _LEAF])


def looped_tree() -> bytes:
    """Return a tree of pages that is its own branch."""
    return pdf(
        [_CATALOGUE, b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>", b"<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 2>>"]
    )


def picture() -> bytes:
    """Return a PNG."""
    to = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(to, "PNG")
    return to.getvalue()


def noise(size_bytes: int = 100_000) -> bytes:
    """Return bytes that mean nothing, the same each time."""
    return random.Random(7).randbytes(size_bytes)  # noqa: S311 - nobody's secret


VIETNAMESE: Final = (
    "# Hàng đợi công việc\n\nHàng đợi nhận mọi việc ngay lập tức và giao cho ai đang rảnh. Mỗi công việc đi qua ba "
    "bước: nhận yêu cầu, xếp hàng, rồi làm việc. Thêm công nhân thì khách hàng chờ ít hơn, và máy chủ không bị quá tải."
)

HOSTILE: Final = {
    "a form that shows itself": _bytes("form.pdf", recursive_form, "NO_TEXT", "PARSER_LIMIT", "MALFORMED"),
    "forms within forms within forms": _bytes("forms.pdf", nested_forms, READ, "PARSER_LIMIT", "MALFORMED"),
    "2 GB of blanks, packed twice": _bytes("blanks.pdf", twice_deflated, "PARSER_LIMIT", "MALFORMED"),
    "100 million letters": _bytes("letters.pdf", text_bomb, "PARSER_LIMIT", "MALFORMED", "TOO_LARGE"),
    "300,000 pages that are one": _bytes("pages.pdf", shared_kid, "TOO_MANY_PAGES"),
    "a tree of pages that is its own branch": _bytes("loop.pdf", looped_tree, "MALFORMED", "NO_TEXT"),
    "half a PDF": _bytes("half.pdf", lambda: page(HELLO)[:300], "MALFORMED"),
    "an empty file": _bytes("empty.pdf", lambda: b"", "NO_TEXT"),
    "an empty page": _bytes("empty-page.pdf", lambda: page(b""), "NO_TEXT"),
    "a picture that says that it is a PDF": _bytes("picture.pdf", picture, "UNSUPPORTED_TYPE"),
    "a PDF with a password": _bytes("locked.pdf", lambda: papers.encrypted(b"secret"), "ENCRYPTED"),
    "a page of 900 million pixels": _bytes("pixels.pdf", scans.huge, "NO_TEXT", "PARSER_LIMIT"),
    "1 GB of XML": Hostile("xml.docx", lambda path: word.bomb(path, 1_000), frozenset({"PARSER_LIMIT"})),
    "a ZIP of something else": Hostile(
        "other.docx", lambda path: word.zipped({"a.txt": "Bees"}, path), frozenset({"UNSUPPORTED_TYPE"})
    ),
    "half a ZIP": _bytes("half.docx", lambda: b"PK\x03\x04" + bytes(100), "MALFORMED"),
    "random bytes": _bytes("noise.txt", noise, "UNSUPPORTED_TYPE"),
    "a Vietnamese document": _bytes("viet.md", VIETNAMESE.encode, "WRONG_LANGUAGE"),
}
