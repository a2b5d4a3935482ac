"""A few documents that were broken at random; `fuzz.py` has hundreds."""

from pathlib import Path

from tests.media.documents.fuzz import fuzz


def test_every_broken_document_gets_a_clear_answer(tmp_path: Path) -> None:
    answers = fuzz(40, 7, tmp_path)
    assert answers.total() == 40
    assert answers["read"] > 5
    assert len(answers) > 2
