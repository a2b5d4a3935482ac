"""Cards as files for other programs: a deck for Anki, a table, mind maps, a graph. Cheap to import."""

from collections.abc import Mapping
from pathlib import Path

from mediamill.services.documents.card import Cards
from mediamill.services.documents.exports import mindmap, outline
from mediamill.services.documents.exports.table import table

__all__ = ["lists"]


def lists(cards: Cards, folder: Path) -> Mapping[str, Path]:
    """Write what shows cards without sounds into a folder; return the files by name: the table and the mind maps."""
    files = {name: folder / name for name in ("cards.csv", "mindmap.md", "mindmap.mmd")}
    table(cards, files["cards.csv"])
    drawn = outline.of_cards(cards)
    mindmap.markdown(drawn, files["mindmap.md"])
    mindmap.mermaid(drawn, files["mindmap.mmd"])
    return files
