"""The lines of a document."""

import pytest

from mediamill.media.documents import Passage
from mediamill.services.documents.tests.vocabulary.finds import ENGLISH
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.sentences import Line, lines


def lines_of(*texts: str) -> tuple[list[Line], dict[str, int]]:
    count = Count()
    return list(lines([Passage(text, "Of bees", 2) for text in texts], ENGLISH, count)), dict(count.told())


def test_a_sentence_is_whole_and_knows_its_place() -> None:
    (line,), _ = lines_of("A forager shows the way by a dance.")
    assert line.whole
    assert line.cased
    assert (line.heading, line.page) == ("Of bees", 2)


@pytest.mark.parametrize("text", ["nectar", "the comb of the bees", "Of bees and flowers", "and so it went on."])
def test_a_fragment_is_read_but_not_whole(text: str) -> None:
    (line,), _ = lines_of(text)
    assert not line.whole


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("12 + 5 = 17, 3.5 / 7 = 0.5", "no_words"),
        ("total = {bees: count} | filter <comb> && remove $old", "code"),
        ("---------- ......", "no_words"),
    ],
)
def test_what_is_no_language_is_left_out(text: str, why: str) -> None:
    found, told = lines_of(text)
    assert not found
    assert why in told


@pytest.mark.parametrize(
    "text", ["THE WAGGLE DANCE SHOWS THE WAY TO THE OTHER BEES.", "ÉÉÉÉÉÉ ÀÀÀÀÀÀÀÀ ÜÜÜÜÜÜÜ ÖÖÖÖÖÖ bee."]
)
def test_capitals_say_nothing_where_all_are_capitals(text: str) -> None:
    (line,), _ = lines_of(text)
    assert line.words == line.text.lower()
    assert not line.cased


def test_a_sentence_is_told_once_and_counted_as_repeated() -> None:
    found, told = lines_of("Bees dance in the dark.", "Bees dance in the dark.", "Bees dance in the light.")
    assert [line.text for line in found] == ["Bees dance in the dark.", "Bees dance in the light."]
    assert told == {"kept": 2, "repeated": 1}


def test_text_without_an_end_is_cut_between_words() -> None:
    found, _ = lines_of("honey comb " * 2_000)
    assert max(len(line.text) for line in found) <= 2_000
    assert {word for line in found for word in line.text.split()} == {"honey", "comb"}
