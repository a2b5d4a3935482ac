"""The pictures of docs are of every kind, small, and can be painted again."""

from pathlib import Path

from PIL import Image
from tests.media.pictures.gallery import GALLERY, paint

from mediamill.media.pictures.slide import Kind

DOCS = Path(__file__).parents[3] / "docs" / "pictures"
MOST_BYTES = 40_000


def test_docs_show_what_is_painted(tmp_path: Path) -> None:
    paint(tmp_path / "new", tmp_path)
    assert {path.stem for path in DOCS.glob("*.png")} == set(GALLERY)
    for name in GALLERY:
        with Image.open(DOCS / f"{name}.png") as kept, Image.open(tmp_path / "new" / f"{name}.png") as new:
            assert kept.size == new.size
            assert kept.mode == "P"
        assert (DOCS / f"{name}.png").stat().st_size <= MOST_BYTES


def test_docs_show_every_kind_but_a_clients_image() -> None:
    assert {shown.slide.kind for shown in GALLERY.values()} == set(Kind) - {Kind.IMAGE}
