"""Phrases of a tagged sentence."""

import pytest

from mediamill.services.documents.tests.vocabulary.finds import ENGLISH
from mediamill.services.documents.vocabulary.phrases import is_word, noun_phrases, verb_phrases, within


def phrases_in(sentence: str) -> dict[str, bool]:
    tokens = ENGLISH.tokens(sentence)
    return {
        " ".join(tokens[place].text for place in places): alone
        for row in noun_phrases(tokens, ENGLISH.begins_object)
        for places, alone in within(row, tokens, ENGLISH.vague)
    }


@pytest.mark.parametrize(
    ("sentence", "phrase"),
    [
        ("The spinal cord of the whale is thick.", "spinal cord"),
        ("They measure the loss function of it.", "loss function"),
        ("Most other large error codes are kept.", "error codes"),
        ("A right whale has no teeth.", "right whale"),
    ],
)
def test_adjectives_and_nouns_that_end_with_a_noun_are_phrases(sentence: str, phrase: str) -> None:
    assert phrases_in(sentence)[phrase]


def test_a_phrase_within_a_longer_one_is_not_alone() -> None:
    found = phrases_in("The neural network model is small.")
    assert found["neural network model"]
    assert not found["neural network"]
    assert not found["network model"]


def test_words_that_say_little_are_no_part_of_a_longer_phrase() -> None:
    found = phrases_in("We saw several other important network protocols.")
    assert [phrase for phrase, alone in found.items() if alone] == ["network protocols"]


def test_owners_and_marks_part_phrases() -> None:
    assert "whale head" not in phrases_in("The whale's head, jaw and tail are huge.")
    assert "head jaw" not in phrases_in("The whale's head, jaw and tail are huge.")


def test_a_verb_before_its_object_is_no_plural() -> None:
    assert not [phrase for phrase in phrases_in("The dance partner hands the cup to her.") if "hands" in phrase]


def test_a_verb_and_its_particle_are_a_phrase() -> None:
    tokens = ENGLISH.tokens("They carried out the plan and looked at it.")
    found = [f"{tokens[at].lemma} {tokens[at + 1].text}" for at in verb_phrases(tokens, ENGLISH.is_particle)]
    assert found == ["carry out"]


@pytest.mark.parametrize("text", ["x", "3", "x2", "-", "a_b", "half-", "acgt" * 11])
def test_signs_numbers_single_letters_and_sequences_of_genes_are_no_words(text: str) -> None:
    assert not is_word(text)
