"""What holds of every vocabulary, whatever the document says."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamill.media.documents import Passage
from mediamill.services.documents.examples import standing
from mediamill.services.documents.term import Kind, Role, Vocabulary
from mediamill.services.documents.tests.vocabulary.finds import DOCUMENTS, found_in

_SENTENCES = [
    sentence.strip() + "."
    for name in ("workshop.txt", "scikit-learn.md", "kennedy.txt", "moby-dick.md")
    for sentence in " ".join((DOCUMENTS / name).read_text(encoding="utf-8").split())[:40_000].split(". ")
]
_ODD = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Nd", "Po", "Sm", "Zs", "Cf"]), min_size=1, max_size=200
)
_TEXT = st.one_of(st.sampled_from(_SENTENCES), st.sampled_from(_SENTENCES).map(str.upper), _ODD)
_PASSAGES = st.lists(
    st.builds(
        Passage,
        text=st.lists(_TEXT, min_size=1, max_size=4).map(" ".join),
        heading=st.sampled_from(["", "Of whales", "LOSS FUNCTIONS", "Networks and Networking"]),
        page=st.one_of(st.none(), st.integers(1, 40)),
    ),
    max_size=12,
)


def check(vocabulary: Vocabulary, phrases: int, words: int) -> None:
    """Assert what holds of all of them."""
    entries = vocabulary.entries
    texts = [entry.term.text for entry in entries]
    assert len({text.lower() for text in texts}) == len(texts)
    kinds = [entry.term.kind for entry in entries]
    assert kinds == sorted(kinds, key=[Kind.PHRASE, Kind.WORD].index)
    assert kinds.count(Kind.PHRASE) <= phrases
    assert kinds.count(Kind.WORD) <= words
    assert [cluster.id for cluster in vocabulary.clusters] == list(range(len(vocabulary.clusters)))
    assert [cluster.rank for cluster in vocabulary.clusters] == list(range(1, len(vocabulary.clusters) + 1))
    assert len({cluster.name for cluster in vocabulary.clusters}) == len(vocabulary.clusters)
    for cluster in vocabulary.clusters:
        roles = [entry.role for entry in entries if entry.cluster == cluster.id]
        assert roles.count(Role.CORE) == 1
        assert cluster.name
    for entry in entries:
        term = entry.term
        assert term.text.strip() == term.text != ""
        assert (len(term.text.split()) > 1) == (term.kind is Kind.PHRASE)
        assert term.count >= 1
        assert term.score > 0
        assert 0 <= entry.importance <= 1
        assert 0 <= entry.cluster < len(vocabulary.clusters)
        assert term.forms
        assert 1 <= len(term.sentences) <= 8
        assert all(standing(term.forms).search(sentence.text) for sentence in term.sentences)
        assert min(3, len(entries) - 1) <= len(entry.related) <= 5
        assert set(entry.related) <= set(texts) - {term.text}
        assert len(set(entry.related)) == len(entry.related)
        assert term.text not in [synonym.word for synonym in entry.synonyms]
        assert all(0 <= synonym.similarity <= 1 for synonym in entry.synonyms)
    pairs = [frozenset((edge.source, edge.target)) for edge in vocabulary.edges]
    assert len(set(pairs)) == len(pairs)
    assert all(len(pair) == 2 and pair <= set(texts) for pair in pairs)
    assert all(0 <= edge.weight <= 1 for edge in vocabulary.edges)


@settings(deadline=None, max_examples=12)
@given(_PASSAGES, st.integers(10, 100), st.integers(5, 30))
def test_every_vocabulary_holds_together(passages: list[Passage], phrases: int, words: int) -> None:
    with TemporaryDirectory() as folder:
        vocabulary = found_in(passages, Path(folder), phrases=phrases, words=words)
        check(vocabulary, phrases, words)
        assert found_in(passages, Path(folder), phrases=phrases, words=words) == vocabulary


@pytest.mark.parametrize("name", ["workshop.txt", "scikit-learn.md", "kennedy.txt", "moby-dick.md", "job-server.md"])
def test_the_vocabularies_of_whole_documents_hold_together(tmp_path: Path, name: str) -> None:
    text = (DOCUMENTS / name).read_text(encoding="utf-8")
    check(found_in(text, tmp_path, phrases=100, words=30), 100, 30)
