"""What follows from a client's change of a card."""

import pytest
from pydantic import ValidationError

from mediamill.services.documents.card import By, Card, Difficulty, Level
from mediamill.services.documents.editing import CardChange, CardFilter, changed, found, without
from mediamill.services.documents.tests.written import card, cards


def test_a_meaning_of_the_client_is_told_as_theirs() -> None:
    after = CardChange(meaning="a bee's way to tell").applied(card())
    assert (after.meaning, after.definition_source) == ("a bee's way to tell", By.CLIENT)
    assert CardChange(meaning=card().meaning).applied(card()) == card()


def test_a_card_without_a_meaning_asks_for_the_gap() -> None:
    after = CardChange(meaning="").applied(card())
    assert (after.meaning, after.definition_source) == ("", By.CLOZE)


def test_another_example_has_a_gap_of_its_own_and_no_sound_yet() -> None:
    spoken = card(audio_word="audio/w.mp3", audio_example="audio/e.mp3")
    after = CardChange(example="The Waggle  Dance says where.").applied(spoken)
    assert (after.cloze, after.example_source) == ("The _____ says where.", "")
    assert (after.audio_word, after.audio_example) == ("audio/w.mp3", None)
    assert CardChange(example="Nothing of it here.").applied(spoken).cloze == ""


def test_an_example_may_be_as_long_as_one_can_be_though_its_gaps_are_longer_than_its_words() -> None:
    after = CardChange(example="AI " * 333).applied(card("AI"))
    assert after.cloze.startswith("_____ _____")
    assert len(after.cloze) == 1_000


def test_another_level_is_another_difficulty_and_another_tag() -> None:
    after = CardChange(level=Level.A2).applied(card())
    assert (after.level, after.difficulty) == (Level.A2, Difficulty.BEGINNER)
    assert after.tags == ("level::A2", "type::phrase", "cluster::dance")
    assert CardChange(level=Level.A2, tags=("mine",)).applied(card()).tags == ("mine",)


@pytest.mark.parametrize("field", [{"word": " "}, {"cluster_name": "\t"}, {"tags": (" ",)}, {"related_words": (" ",)}])
def test_a_word_of_blanks_is_none(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Card.model_validate(card().model_dump() | field)


@pytest.mark.parametrize(
    "change",
    [{"word": "x"}, {"id": "0" * 16}, {"meaning": "x" * 1_001}, {"example": ""}, {"level": "D1"}, {"audio_word": "x"}],
)
def test_what_cannot_be_changed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CardChange.model_validate(change)


def test_a_tag_that_no_card_may_have_is_refused() -> None:
    with pytest.raises(ValidationError):
        CardChange.model_validate({"tags": [""]})


def test_of_many_cards_one_changes_and_the_order_stays() -> None:
    all_cards = cards(card("one"), card("two"), card("three"))
    after = changed(all_cards, card("two").id, CardChange(translation="hai"))
    assert after is not None
    assert [(each.word, each.translation) for each in after.cards] == [("one", ""), ("two", "hai"), ("three", "")]
    left = without(all_cards, card("two").id)
    assert left is not None
    assert [each.word for each in left.cards] == ["one", "three"]


def test_a_card_that_there_is_not_is_not_found() -> None:
    all_cards = cards(card())
    assert found(all_cards, "f" * 16) is None
    assert changed(all_cards, "f" * 16, CardChange()) is None
    assert without(all_cards, "f" * 16) is None


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ({}, True),
        ({"cluster": 0}, True),
        ({"cluster": 1}, False),
        ({"level": "C1"}, True),
        ({"level": "B1"}, False),
        ({"q": "WAGGLE"}, True),
        ({"q": "bee dance"}, True),
        ({"q": "shows"}, True),
        ({"q": "nhảy"}, False),
    ],
)
def test_a_list_may_be_of_a_cluster_a_level_or_what_is_said(wanted: dict[str, object], there: bool) -> None:  # noqa: FBT001 - a table
    assert CardFilter.model_validate(wanted).lets_pass(card()) is there
