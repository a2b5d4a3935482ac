"""Terms of real documents, by labels made by reading; `python -m tests.quality.judging --refused` shows which."""

import pytest
from tests.quality.judging import (
    HELD_OUT,
    HERE,
    MOST,
    TUNED,
    USUAL,
    labels_of,
    precision_of,
    verdicts_of,
    vocabulary_of,
)

from mediamill.media.lexicon.wordnet import wordnet

#: Of the terms that are kept, those worth a card.
LEAST = 0.85
#: Of any document: a novel's phrases are its author's more than the language's.
LEAST_OF_ONE = 0.78

pytestmark = pytest.mark.skipif(wordnet() is None, reason="WordNet was not built here: mediamill doctor --fix")


@pytest.mark.parametrize("asked", [USUAL, MOST])
def test_nearly_all_terms_are_worth_a_card(asked: tuple[int, int]) -> None:
    verdicts = {document: verdicts_of(document, *asked) for document in (*TUNED, *HELD_OUT)}
    assert precision_of([each for of_one in verdicts.values() for each in of_one]) >= LEAST
    # What nobody looked at while the scores were set is as good.
    assert precision_of([each for document in HELD_OUT for each in verdicts[document]]) >= LEAST
    assert {document: told for document, of in verdicts.items() if (told := precision_of(of)) < LEAST_OF_ONE} == {}


@pytest.mark.parametrize("document", ["kennedy.txt", "moby-dick.md", "scikit-learn.md", "workshop.txt"])
def test_a_document_of_twelve_pages_fills_the_usual_quota(document: str) -> None:
    found = vocabulary_of(document, *USUAL)
    assert len(found.entries) == sum(USUAL)


@pytest.mark.parametrize("document", [*TUNED, *HELD_OUT])
def test_labels_are_many_and_of_both_kinds(document: str) -> None:
    labels = labels_of(document)
    assert len(labels) >= 100
    assert 0.4 <= sum(labels.values()) / len(labels) <= 0.9
    assert list(labels) == [label.lower() for label in labels]


def test_the_documents_are_those_whose_sources_are_told() -> None:
    told = (HERE / "documents" / "SOURCES.md").read_text(encoding="utf-8")
    kept = {path.name for path in (HERE / "documents").iterdir()} - {"SOURCES.md"}
    assert kept == {*TUNED, *HELD_OUT}
    assert all(f"`{name}`" in told for name in kept)
    assert sum(path.stat().st_size for path in (HERE / "documents").iterdir()) <= 1_500_000
