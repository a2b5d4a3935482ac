"""Where English sentences end."""

import time

import pytest

from mediamill.services.documents.languages.english.sentences import sentences


@pytest.mark.parametrize(
    "text",
    [
        "Bees dance. They do it well.",
        "It costs 3.5 dollars. That is cheap.",
        "“Is it near?” “It is.”",
        "He said no. Then he left.",
        "They ran! Why? Nobody knows… Perhaps bees do.",
        "It is made in the U.S. The parts are not.",
        "It rains in Dec. It snows in Jan. and Feb.",
        "See https://example.org/a.html?b=1. It says more.",
        "It was I. The others slept.",
        "(It is small.) [It is old.] Big ones live long.",
        "Élan is a word. Đà Nẵng is a city.",
        "The limit is 5. 7 is too many.",
    ],
)
def test_each_of_them_ends(text: str) -> None:
    found = list(sentences(text))
    assert len(found) > 1
    assert " ".join(found) == text
    assert all(len(each) < len(text) * 0.8 for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith and Prof. J. R. Jones saw it.",
        "As Fig. 3 and eq. 4.2 show, it is so (see No. 5, pp. 3-4).",
        "Use a letter, e.g. Alpha, i.e. Beta.",
        "The U.S. Constitution was signed at 5 p.m. Eastern time.",
        "Bell Communications Research, Inc. (Bellcore) made it.",
        "It is at 1155 16th Street, N.W. Washington, D.C. 20036.",
        "J. von Frisch et al. found it in the 1920s.",
        "Version 3.1.14 of node.js is at example.org.",
        "3. Bees dance",
        "A. Bees dance",
    ],
)
def test_a_full_stop_that_belongs_to_its_word_ends_none(text: str) -> None:
    assert list(sentences(text)) == [text]


def test_lines_that_were_broken_are_one_sentence_and_points_of_a_list_are_several() -> None:
    assert list(sentences("Bees dance\nin the hive.\n\nThey hum.")) == ["Bees dance\nin the hive.", "They hum."]
    assert list(sentences("They need:\n- nectar\n- water\n2) a hive")) == [
        "They need:",
        "- nectar",
        "- water",
        "2) a hive",
    ]


def test_of_nothing_there_is_none() -> None:
    assert list(sentences(" \n\n ")) == []


@pytest.mark.parametrize("unit", [".", "B. ", "Dr. ", "U.S. Bank ", '."" ', "?!"])
def test_marks_without_end_take_no_time_that_grows_with_their_square(unit: str) -> None:
    hostile = f"Hello there. {unit * (200_000 // len(unit))}"
    began = time.process_time()
    assert "".join("".join(sentences(hostile)).split()) == "".join(hostile.split())
    assert time.process_time() - began < 2.0, "the time grows with the square of the length"
