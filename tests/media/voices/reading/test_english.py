# ruff: noqa: RUF001 - other people's figures and signs
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.reading import english
from mediamill.media.voices.reading.english import numbers

GOLDEN = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "english.tsv").read_text().splitlines()
    if line and not line.startswith("# ")
]
WRITTEN = [written for _, written, _ in GOLDEN]


@pytest.mark.parametrize(("kind", "written", "spoken"), GOLDEN, ids=[f"{kind}: {text}" for kind, text, _ in GOLDEN])
def test_english_is_read_out(kind: str, written: str, spoken: str) -> None:
    assert english.spoken(written) == spoken, kind


def test_there_is_an_example_of_every_kind() -> None:
    kinds = [kind for kind, _, _ in GOLDEN]
    assert len(kinds) > 450
    assert all(kinds.count(kind) >= 3 for kind in kinds)


@given(st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=4).map(" and then ".join))
def test_what_was_read_stays_as_it_is(text: str) -> None:
    once = english.spoken(text)
    assert english.spoken(once) == once


@given(st.text(max_size=200) | st.text(alphabet="0123456789.,:-–/ $%°'½²①٣aIVXmks AP#()^€", max_size=60))
def test_no_figure_is_left_of_any_text(text: str) -> None:
    assert not re.search(r"\d", english.spoken(text))


PARTS = (
    "1|1,|1.|1-|1/|1:|$1|1 |a1|I|IV |X|A. |Dr. |$|-|–|½|1½|°|1'|#|^|x^|@|a@b.|(|[1]|<|=|a/|Jan. |Jan 1-|Mon-|1 km/|+1 "
    "|0|00|0 |v1.|1st |A|AB-1|é|١|²|10²|k|A/|of |a $1 |1, |5'1|WHO |an IT |Chapter IV, |Henry I |J. A. |w/|100s of "
    '|1990-|"|...| .|;|1) |~|≈1|7-9 |9:00-|1:1:|Room 101 |code 12 |1000 1000 |1 x |half km '
)


def seconds_of(text: str) -> float:
    began = time.process_time()
    english.spoken(text)
    return time.process_time() - began


@pytest.mark.parametrize("part", PARTS.split("|"))
def test_no_text_takes_long(part: str) -> None:
    assert seconds_of(part * (10_000 // len(part))) < 0.6, "the time grows with the square of the length"


def test_a_long_text_takes_no_longer_a_character() -> None:
    assert seconds_of((PARTS + " ".join(WRITTEN)) * 10) < 3.0


ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {word: value for value, word in enumerate(f"{ONES} seventeen eighteen nineteen".split())} | {
    word: 10 * value for value, word in enumerate(TENS.split(), 2)
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15}


def value_of(words: str) -> int:
    total = group = 0
    for word in words.replace("-", " ").split():
        if word in SCALES:
            total, group = total + group * SCALES[word], 0
        else:
            group = group * 100 if word == "hundred" else group + SMALL[word]
    return total + group


@given(st.integers(min_value=0, max_value=10**17))
def test_the_words_of_a_number_give_the_number(number: int) -> None:
    assert value_of(numbers.cardinal(str(number))) == number
    assert numbers.cardinal(f"{number:,}") == numbers.cardinal(str(number))


@pytest.mark.parametrize(
    ("figures", "year"),
    [
        ("44", "forty-four"),
        ("800", "eight hundred"),
        ("1000", "one thousand"),
        ("1005", "one thousand five"),
        ("1066", "ten sixty-six"),
        ("1900", "nineteen hundred"),
        ("1905", "nineteen oh five"),
        ("2000", "two thousand"),
        ("2005", "two thousand five"),
        ("2010", "twenty ten"),
        ("2100", "twenty-one hundred"),
        ("3000", "three thousand"),
    ],
)
def test_a_year_is_said_as_people_say_it(figures: str, year: str) -> None:
    assert numbers.year(figures) == year


@pytest.mark.parametrize(
    ("number", "ordinal"),
    [("1", "first"), ("12", "twelfth"), ("20", "twentieth"), ("21", "twenty-first"), ("100", "one hundredth")],
)
def test_an_ordinal_changes_its_last_word(number: str, ordinal: str) -> None:
    assert numbers.ordinal(number) == ordinal


def test_the_examples_of_the_docs_are_read_so() -> None:
    page = (Path(__file__).parents[4] / "docs/reading.md").read_text()
    rows = page.split("## English", 1)[1].split("| written | read |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    examples = [row.strip("| ").split(" | ") for row in rows.splitlines()]
    assert len(examples) > 20
    assert [english.spoken(written) for written, _ in examples] == [spoken for _, spoken in examples]
