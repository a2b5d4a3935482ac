"""The page of promises names the tests and the rows of the fault suite that hold them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
TESTS = set(re.findall(r"`(test_\w+)`", PAGE))
ROWS = {row for rows in re.findall(r"rows ((?:`[a-z-]+`,? ?)+)\|", PAGE) for row in re.findall(r"`([a-z-]+)`", rows)}


def sources(folder: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / folder).rglob("*.py"))


@pytest.mark.parametrize("name", sorted(TESTS))
def test_a_test_that_the_page_names_exists(name: str) -> None:
    assert f"def {name}(" in sources(".")


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_that_the_page_names_exists(row: str) -> None:
    assert f'"{row}"' in sources("faults/rows")


def test_every_promise_names_a_test_and_a_row() -> None:
    promises = re.findall(r"^\| [1-4] \|.*$", PAGE, re.MULTILINE)
    assert len(promises) == 4
    assert all("`test_" in promise and "rows `" in promise for promise in promises)
