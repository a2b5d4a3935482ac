"""Scans: pages of typst's as pictures, and pictures nobody should send."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image
from tests.media.documents import papers
from tests.media.documents.papers import pdf, stream, tree

DPI = 200
_POINTS_PER_INCH = 72
_A4 = (1654, 2339)
_SHOWS = b"q 595 0 0 842 0 0 cm /I Do Q"


def pictures(source: str, folder: Path, dpi: int = DPI) -> list[Image.Image]:
    """Return the pages that a source of typst's makes, as a scanner saves them."""
    opened = pdfium.PdfDocument(papers.typeset(source, folder / "typeset.pdf"))
    return [page.render(scale=dpi / _POINTS_PER_INCH, grayscale=True).to_pil() for page in opened]


def bound(pages: Sequence[Image.Image], to: Path, dpi: int = DPI) -> Path:
    """Write pictures as a PDF."""
    first, *more = pages
    first.save(to, save_all=True, append_images=more, resolution=dpi, title="")
    return to


def scanned(source: str, to: Path, dpi: int = DPI) -> Path:
    """Write what a source of typst's makes, scanned."""
    return bound(pictures(source, to.parent, dpi), to, dpi)


def together(parts: Sequence[Path | bytes], to: Path) -> Path:
    """Write the pages of several PDFs as one."""
    whole = pdfium.PdfDocument.new()
    for part in parts:
        whole.import_pages(pdfium.PdfDocument(part))
    whole.save(to)
    return to


def noise() -> Image.Image:
    """Return what a scanner sees of nothing."""
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (_A4[1], _A4[0]), dtype=np.uint8))


def photo() -> Image.Image:
    """Return shades and edges, and no letter."""
    y, x = np.mgrid[0 : _A4[1], 0 : _A4[0]]
    waves = np.sin(x / 37) + np.cos(y / 53) + np.sin(x * y / 30_000) + ((x // 211 + y // 173) % 2)
    return Image.fromarray((waves * 30 + 110).clip(0, 255).astype(np.uint8))


def leaf(width: int, height: int, packed: bytes, *, turned: int = 0) -> bytes:
    """Return a PDF of a page that shows one picture, packed as ZIP does, and lies on its side by `turned` degrees."""
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
    )
    words = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    )
    return pdf(tree(page % turned, others=[stream(_SHOWS), stream(packed, words % (width, height))]))


def huge(side: int = 30_000) -> bytes:
    """Return a page of a picture of so many pixels a side; a megabyte that takes `side` squared bytes."""
    part, times = bytes(side), side
    packer = zlib.compressobj(9)
    begin = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)  # says the same wherever it stands
    return leaf(side, side, begin + again * (times - 1))
