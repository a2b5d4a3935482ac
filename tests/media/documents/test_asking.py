"""What is told while a PDF is read."""

from pathlib import Path

from tests.media.documents import papers

from mediamill.media.documents import read
from mediamill.testing import FakeContext


def test_a_pdf_tells_how_many_of_its_pages_are_read(tmp_path: Path) -> None:
    said = ("Bees dance.", "They fly out.", "Others follow.", "Flowers wait.", "Honey is made.", "Winter comes.")
    source = "#pagebreak()\n".join(said)
    path, told = papers.typeset(source, tmp_path / "a.pdf"), list[float]()
    ctx = FakeContext(tmp_path)
    document = read(path, ctx, told.append)
    assert document.pages == 6
    assert told == [round(0.9 * page / 6, 4) for page in range(1, 7)]
    told.clear()
    assert read(path, ctx, told.append) == document
    assert told == [], "what is kept takes no time"
