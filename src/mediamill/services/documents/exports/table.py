"""Cards as a table for Excel, LibreOffice and whatever else reads CSV."""

import csv
from pathlib import Path
from typing import Final

from mediamill.services.documents.card import Card, Cards

COLUMNS: Final = (
    "word",
    "word_type",
    "part_of_speech",
    "level",
    "ipa_us",
    "ipa_uk",
    "meaning",
    "translation",
    "example",
    "example_source",
    "synonyms",
    "related_words",
    "cluster_name",
    "importance_score",
    "tags",
    "id",
)
#: Of the first sign of a cell: a table would take it for a formula, and run it.
_FORMULA: Final = tuple("=+-@\t\r")
_BETWEEN: Final = "; "


def table(cards: Cards, to: Path) -> None:
    """Write the cards as `to`: CSV as RFC 4180 has it, UTF-8 with the mark by which Excel knows that it is.

    What begins as a formula gets an apostrophe before it, for no other mark makes a text of it in every program.
    """
    with to.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows([_cell(card, column) for column in COLUMNS] for card in cards.cards)


def _cell(card: Card, column: str) -> str:
    match column:
        case "synonyms":
            text = _BETWEEN.join(each.word for each in card.synonyms)
        case "related_words" | "tags":
            text = _BETWEEN.join(getattr(card, column))
        case _:
            text = str(getattr(card, column))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text
