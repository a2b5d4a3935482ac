"""Cards as the files that follow from them alone: `cards.json`, and the lists and maps that people read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mediamill.services.documents.card import Cards
from mediamill.services.documents.exports.mindmap import markdown, mermaid
from mediamill.services.documents.exports.outline import Outline, of_cards
from mediamill.services.documents.exports.table import table

CARDS: Final = "cards.json"


def written(cards: Cards, folder: Path) -> Mapping[str, Path]:
    """Write them into a folder; return the files by name."""
    known, rows = folder / CARDS, folder / "cards.csv"
    known.write_text(cards.model_dump_json(indent=1) + "\n", encoding="utf-8")
    table(cards, rows)
    return {known.name: known, rows.name: rows, **mapped(of_cards(cards), folder)}


def mapped(outline: Outline, folder: Path) -> Mapping[str, Path]:
    """Write the mind maps only."""
    markmap, diagram = folder / "mindmap.md", folder / "mindmap.mmd"
    markdown(outline, markmap)
    mermaid(outline, diagram)
    return {markmap.name: markmap, diagram.name: diagram}
