import csv
from pathlib import Path

import pytest

from mediamill.services.documents.exports.table import COLUMNS, table
from mediamill.services.documents.tests.written import card, cards


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_each_card_is_a_row_that_any_reader_reads(tmp_path: Path) -> None:
    made = cards(card(meaning='a "dance",\nin two lines', translation="điệu nhảy"), card("hive"))
    table(made, tmp_path / "cards.csv")
    raw = (tmp_path / "cards.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfword,")
    assert raw.count(b"\r\n") == 3
    first, second = rows(tmp_path / "cards.csv")
    assert first["meaning"] == 'a "dance",\nin two lines'
    assert (first["translation"], first["synonyms"], first["related_words"]) == (
        "điệu nhảy",
        "bee dance",
        "forage; wax comb",
    )
    assert second["word"] == "hive"
    assert tuple(first) == COLUMNS


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\tcmd", "\rcmd"])
def test_what_a_table_would_run_is_text(tmp_path: Path, text: str) -> None:
    table(cards(card(meaning=text)), tmp_path / "cards.csv")
    (row,) = rows(tmp_path / "cards.csv")
    assert row["meaning"] == f"'{text}"
