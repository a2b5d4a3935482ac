"""Numbers that a chart shows and its document does not have."""

import time

import pytest

from mediamill.services.videos.figures import numbers_in, strange


def found(chart: str, text: str) -> list[str]:
    return list(strange(f"bar\nwhat,number\n{chart}", numbers_in(text)))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("It grew to 1,234.5 tonnes.", "1234.5"),
        ("Nó tăng lên 1.234,5 tấn.", "1234.5"),
        ("Nó tăng lên 1.234,5 tấn.", '"1.234,5"'),
        ("1,200,000 people", "1200000"),
        ("1.2 million people", "1200000"),
        ("1,2 triệu người", "1.2"),
        ("12 345 habitants", "12345"),
        ("In 2023 410, in 2024 455", "410"),
        ("seven percent and 42%", "42 %"),
        ("0.07 of all", "7"),
        ("0.075 of all", "0.075"),
        ("three of the five", "3"),
        ("A thousand becomes 7,612.26", "7612"),
        ("Minus 40 degrees", "-40"),
        ("there is none", "0"),
        ("٤٢ bees", "42"),
        ("4.35 and 1234567.89", "1234567.89"),
        ("6,000,000,000,000 km", "6e12"),
    ],
)
def test_a_number_of_the_document_is_known_however_it_is_written(text: str, cell: str) -> None:
    assert found(f"a,{cell}", text) == []


@pytest.mark.parametrize(
    ("text", "cell"),
    [("It grew to 1,234.5.", "1324.5"), ("nobody counted", "13"), ("410 and 220", "630"), ("42", "4.3")],
)
def test_a_number_that_was_invented_or_computed_is_strange(text: str, cell: str) -> None:
    assert found(f"a,{cell}\nb,2", text) == [cell]


def test_an_empty_cell_is_no_number() -> None:
    assert list(strange("line\nyear,a,b\n1,42,\n2,,42", numbers_in("42"))) == []


def test_a_document_of_digits_takes_no_longer_than_others() -> None:
    began = time.monotonic()
    numbers_in("1 2,3.4'5" * 200_000)
    numbers_in("9" * 1_000_000)
    assert time.monotonic() - began < 5


def test_a_chart_of_a_document_of_numbers_takes_no_longer_than_others() -> None:
    known = numbers_in(" ".join(str(number * 7_919) for number in range(300_000)))
    chart = "bar\nwhat,number\n" + "\n".join(f"a{number},{9e9 + number}" for number in range(60))
    began = time.process_time()
    assert len(list(strange(chart, known))) == 60
    assert time.process_time() - began < 0.5
