"""PDFs: typeset ones as people have them, and such as nobody should send, byte by byte."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typst

from mediamill.media.pictures import fonts

SOURCES: Final = Path(__file__).with_name("sources")
HELLO: Final = b"BT /F 12 Tf 72 700 Td (Hello world of documents) Tj ET"
HELVETICA: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
#: As Acrobat pads passwords: PDF 1.7, 7.6.3.3.
_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def typeset(source: str, to: Path) -> Path:
    """Write what a source of typst's makes: the name of one of SOURCES, or itself."""
    to.parent.mkdir(exist_ok=True)
    given = SOURCES / source
    if not source.endswith(".typ"):
        given = to.with_suffix(".typ")
        given.write_text(source)
    folders = [family.folder for family in fonts.families()]
    compiler = typst.Compiler(root=given.parent, font_paths=folders, ignore_system_fonts=True)
    compiler.compile(input=given, output=to)
    return to


def pdf(objects: Sequence[bytes], extra: bytes = b"") -> bytes:
    """Return a PDF of objects, numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (size, extra, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def stream(content: bytes, words: bytes = b"") -> bytes:
    """Return a stream. words: of its dictionary."""
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (words, len(content), content)


def tree(*pages: bytes, others: Sequence[bytes] = ()) -> list[bytes]:
    """Return the catalogue, the tree and the pages, from 3 on; then other objects."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + len(pages)))
    head = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))]
    return [*head, *pages, *others]


def page(content: bytes, words: bytes = b"", font: bytes = HELVETICA, more: Sequence[bytes] = ()) -> bytes:
    """Return a PDF of one page. words: of its stream's dictionary. more: objects from 6 on."""
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    return pdf(tree(leaf, others=[stream(content, words), font, *more]))


def encrypted(user_password: bytes) -> bytes:
    """Return the page that says hello, encrypted with RC4 of 40 bits: PDF 1.7, 7.6.3, revision 2."""
    user = (user_password + _PADDING)[:32]
    owner = _rc4(hashlib.md5((b"owner" + _PADDING)[:32]).digest()[:5], user)  # noqa: S324 - the format's own
    rights, name = (-4).to_bytes(4, "little", signed=True), b"0123456789abcdef"
    key = hashlib.md5(user + owner + rights + name).digest()[:5]  # noqa: S324
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    of_stream = hashlib.md5(key + b"\x04\0\0" + b"\0\0").digest()[:10]  # noqa: S324
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (
        owner.hex().encode(),
        _rc4(key, _PADDING).hex().encode(),
    )
    extra = b"/Encrypt 6 0 R/ID[<%b><%b>]" % (name.hex().encode(), name.hex().encode())
    return pdf(tree(leaf, others=[stream(_rc4(of_stream, HELLO)), HELVETICA, lock]), extra)


def _rc4(key: bytes, text: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in text:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
