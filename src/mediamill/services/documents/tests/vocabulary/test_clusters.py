"""Terms about one thing, and their names."""

from dataclasses import replace

import numpy as np

from mediamill.services.documents.term import Kind
from mediamill.services.documents.tests.vocabulary.finds import ENGLISH
from mediamill.services.documents.tests.written import term
from mediamill.services.documents.vocabulary.clusters import groups_of
from mediamill.services.documents.vocabulary.nearness import nearness, related, vectors_of
from mediamill.services.documents.vocabulary.synonyms import synonyms_of

WHALES = [term(f"{kind} whale") for kind in ("sperm", "right", "fin", "grey", "blue")]
MONEY = [term(text) for text in ("interest rate", "bank loan", "tax rate", "bond market", "stock market", "price rise")]
TERMS = [*WHALES, *MONEY]
IMPORTANCE = [1.0 - 0.05 * at for at in range(len(TERMS))]


def test_terms_of_two_subjects_come_in_two_groups() -> None:
    groups = groups_of(TERMS, IMPORTANCE, vectors_of(TERMS, ENGLISH))
    assert len(groups) == 2
    assert [whales for whales in groups if set(range(5)) <= set(whales.members)]


def test_a_word_that_most_of_a_group_end_with_names_it() -> None:
    names = {group.name for group in groups_of(TERMS, IMPORTANCE, vectors_of(TERMS, ENGLISH))}
    assert "whale" in names
    assert names - {"whale"} <= {one.text for one in MONEY}


def test_each_term_is_in_one_group_with_one_core() -> None:
    groups = groups_of(TERMS, IMPORTANCE, vectors_of(TERMS, ENGLISH))
    assert sorted(place for group in groups for place in group.members) == list(range(len(TERMS)))
    assert all(group.core in group.members for group in groups)


def test_one_term_is_a_group() -> None:
    assert [group.members for group in groups_of(TERMS[:1], [1.0], vectors_of(TERMS[:1], ENGLISH))] == [(0,)]


def test_terms_without_a_vector_are_grouped_too() -> None:
    nothing = np.zeros((len(TERMS), 256), dtype=np.float32)
    groups = groups_of(TERMS, IMPORTANCE, nothing)
    assert sorted(place for group in groups for place in group.members) == list(range(len(TERMS)))


def test_no_two_groups_have_one_name() -> None:
    """A word that is a noun and a verb is two terms, written alike; two groups may end with one word."""
    whales = np.eye(256, dtype=np.float32)
    alike = [term("whale hunt"), term("sperm whale"), term("fin whale"), term("whale")]
    terms = [replace(one) for _ in range(3) for one in alike]
    vectors = np.repeat(whales[:3], len(alike), axis=0)
    for many in (8, 12):
        groups = groups_of(terms[:many], [1.0] * many, vectors[:many])
        assert len({group.name for group in groups}) == len(groups)


def test_a_name_that_all_its_terms_have_given_away_gets_a_number() -> None:
    terms = [term("whale", kind=Kind.WORD)] * 18
    vectors = np.repeat(np.eye(256, dtype=np.float32)[:3], 6, axis=0)
    assert sorted(group.name for group in groups_of(terms, [1.0] * 18, vectors)) == ["whale", "whale 2", "whale 3"]


def test_the_nearest_terms_are_related() -> None:
    told = related(nearness(TERMS, vectors_of(TERMS, ENGLISH)))
    assert all(3 <= len(places) <= 5 for places in told)
    assert set(told[0][:3]) <= set(range(1, 5))


def test_two_terms_of_one_section_are_nearer() -> None:
    apart = [term("spool"), term("ballast"), term("heron")]
    together = [replace(one, headings=("Ships",)) for one in apart[:2]] + apart[2:]
    vectors = vectors_of(apart, ENGLISH)
    assert nearness(together, vectors)[0, 1] > nearness(apart, vectors)[0, 1]


def test_synonyms_are_of_the_dictionary_and_of_the_document() -> None:
    terms = [term("optical disk"), term("optical disc"), term("harpoon", kind=Kind.WORD)]
    told = synonyms_of(terms, vectors_of(terms, ENGLISH))
    assert "optical disc" in [synonym.word for synonym in told[0]]
    assert "optical disk" in [synonym.word for synonym in told[1]]


def test_a_kind_of_a_thing_is_no_synonym_of_it() -> None:
    terms = [term("index"), term("rand index"), term("adjusted rand index")]
    for synonyms in synonyms_of(terms, vectors_of(terms, ENGLISH)):
        assert not {"rand index", "adjusted rand index"} & {synonym.word for synonym in synonyms}


def test_terms_that_no_dictionary_has_are_synonyms_where_they_mean_the_same() -> None:
    terms = [term("colour printer"), term("harpoon line"), term("color printer")]
    told = synonyms_of(terms, vectors_of(terms, ENGLISH))
    assert [synonym.word for synonym in told[0]] == ["color printer"]
    assert [synonym.word for synonym in told[1]] == []
    assert [synonym.word for synonym in told[2]] == ["colour printer"]
