import pytest

from mediamill.services.documents.examples import examples, gapped, standing
from mediamill.services.documents.tests.written import term

GOOD = "The waggle dance of a forager tells other bees the way to a field of flowers."


@pytest.mark.parametrize(
    "worse",
    [
        "The waggle dance.",
        "the waggle dance of a forager tells other bees the way to a field of flowers.",
        "The waggle dance of a forager tells other bees the way to a field of flowers",
        "The waggle dance of a forager (see Figure 3.2) tells other bees the way to flowers.",
        "The waggle dance of a forager tells other bees the way to a field of flowers.12",
        "The waggle dance is shown at https://bees.example.org/dance for all who like bees.",
        "The waggle dance of a forager is run by dance.run(angle) in the class `Bee` there.",
        "The waggle dance [4] of a (young) forager tells [other] bees the way to flowers.",
        "It is then that the waggle dance of a forager tells them the way to a field of flowers.",
        "The waggle dance of a forager tells “other bees the way to a field of flowers.",
        f"{GOOD[:-1]}, and {'far ' * 30}away.",
        "Nothing of that kind was ever seen in a hive of bees by anybody who looked.",
    ],
)
def test_what_is_whole_clean_and_of_middling_length_is_chosen(worse: str) -> None:
    (found,) = examples([term("waggle dance", worse, GOOD)])
    assert found.sentence.text == GOOD


def test_a_sentence_serves_one_card_where_there_are_others() -> None:
    both = "The waggle dance and the round dance tell other bees the way to flowers."
    other = "In a round dance she runs in small circles and often turns about."
    found = examples([term("waggle dance", both), term("round dance", both, other), term("way", both, "A way.")])
    assert [each.sentence.text for each in found] == [both, other, both]


def test_a_card_does_not_say_its_meaning_twice() -> None:
    telling = "A waggle dance is a movement by which bees tell the way to flowers."
    other = "Near the entrance a waggle dance began, and the others came at once to see."
    meaning = "a movement by which bees tell the way to flowers"
    assert examples([term("waggle dance", telling, other)], [""])[0].sentence.text == telling
    assert examples([term("waggle dance", telling, other)], [meaning])[0].sentence.text == other
    assert examples([term("waggle dance", telling)], [meaning])[0].sentence.text == telling


def test_each_form_becomes_a_gap_and_a_word_that_holds_one_does_not() -> None:
    pattern = standing(("wax comb", "wax combs", "Wax  combs"))
    text = "Wax combs hang in the hive; each wax\ncomb has cells, a beeswax comb and a wax combing too."
    assert (
        gapped(text, pattern) == "_____ hang in the hive; each _____ has cells, a beeswax comb and a wax combing too."
    )


@pytest.mark.parametrize(
    ("text", "cloze"),
    [
        ("An angle is what a dance shows.", "A(n) _____ is what a dance shows."),
        ("They dance at an “angle” to the sun.", "They dance at a(n) “_____” to the sun."),
        ("At a wide angle.", "At a wide _____."),
    ],
)
def test_the_article_does_not_tell(text: str, cloze: str) -> None:
    assert gapped(text, standing(("angle",))) == cloze


def test_a_sentence_without_the_term_has_no_gap() -> None:
    (found,) = examples([term("hive", "Nothing of that kind was seen.")])
    assert found.cloze == ""


def test_signs_in_a_term_are_signs() -> None:
    assert gapped("We write C++ (not C) here.", standing(("C++",))) == "We write _____ (not C) here."
