import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.prose.passages import LONGEST_CHARS, Passage, passages

BOOK = """The Book

by Somebody

CONTENTS
Chapter 1: Out
Chapter 2: Home

PART ONE

CHAPTER I
Down the Rabbit-Hole

Alice was beginning to get very tired.
She went on. Chapter 3 was far.

Chapter 2: Home

Home again.

Chương 3. Mưa

Trời mưa.
"""


def test_a_plain_book_comes_in_its_chapters() -> None:
    assert list(passages(BOOK)) == [
        Passage("", 0, "The Book\n\nby Somebody\n\nCONTENTS\nChapter 1: Out\nChapter 2: Home"),
        Passage("PART ONE", 1, "PART ONE"),
        Passage(
            "CHAPTER I: Down the Rabbit-Hole",
            2,
            "CHAPTER I\nDown the Rabbit-Hole\n\n"
            "Alice was beginning to get very tired.\nShe went on. Chapter 3 was far.",
        ),
        Passage("Chapter 2: Home", 2, "Chapter 2: Home\n\nHome again."),
        Passage("Chương 3. Mưa", 2, "Chương 3. Mưa\n\nTrời mưa."),
    ]


def test_a_markdown_book_comes_in_its_headings_of_two_levels() -> None:
    text = "Intro.\r\n\r\n# One\n\nText *one*.\n\n## Two\n\nText.\n\n### Three\n\nMore.\n\n```\n# code\n```\n"
    assert list(passages(text)) == [
        Passage("", 0, "Intro."),
        Passage("One", 1, "One\n\nText one."),
        Passage("Two", 2, "Two\n\nText.\n\nThree\n\nMore."),
    ]


def test_chapters_are_found_where_every_line_is_a_paragraph() -> None:
    text = "Hết lời tựa.\nChương 1: Đi\nAnh đi.\nAnh đi mãi.\nChương 2: Về\nAnh về."
    assert [passage.title for passage in passages(text)] == ["", "Chương 1: Đi", "Chương 2: Về"]


def test_a_table_of_contents_makes_no_chapters() -> None:
    text = "Chapter 1: Out\nChapter 2: Home\n\nChapter 1: Out\n\nThey left."
    assert [passage.title for passage in passages(text)] == ["", "Chapter 1: Out"]


def test_a_long_chapter_comes_in_several_passages() -> None:
    text = "Chapter 1\n\n" + "A sentence of some length stands here. " * 5_000 + "\n\nChapter 2\n\nThe end."
    found = list(passages(text))
    assert [passage.title for passage in found] == ["Chapter 1", *[""] * (len(found) - 2), "Chapter 2"]
    assert len(found) > 4
    assert max(len(passage.text) for passage in found) <= LONGEST_CHARS
    assert "".join("".join(passage.text for passage in found).split()) == "".join(text.split())
    assert all(passage.text.endswith(".") for passage in found)


@pytest.mark.parametrize("text", ["", " \n\n ", "…\n\n—\n\n🙂", "\x00\x07", "<!-- # nothing -->"])
def test_a_text_without_anything_to_say_has_no_passage(text: str) -> None:
    assert list(passages(text)) == []


@given(st.text(alphabet='aB1 .!?\n"”đỗ。IV', max_size=600), st.sampled_from(["", "Chapter 1\n\n", "Phần 2\n\n"]))
def test_nothing_is_lost(text: str, heading: str) -> None:
    found = list(passages(heading + text + heading))
    said = [character for character in heading + text + heading if character.isalnum()]
    assert [character for passage in found for character in passage.text if character.isalnum()] == said


def peak_bytes(text: str, most: int | None = None) -> int:
    next(passages(text), None)
    tracemalloc.start()
    assert sum(1 for _ in itertools.islice(passages(text), most))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    "part",
    ["The postman walked on through the rain.\n\n", "One line after the other.\n", "no end ", "a"],
    ids=["paragraphs", "lines", "words", "letters"],
)
def test_memory_does_not_grow_with_the_text(part: str) -> None:
    short, long = (peak_bytes(part * (size // len(part))) for size in (200_000, 800_000))
    assert long < short * 1.3, "it keeps more than it needs"


@pytest.mark.parametrize(
    "part", ["Chapter 1\n\nFirst.\n\n", "# A title\n\nText.\n\n- item\n\n"], ids=["plain", "markdown"]
)
def test_the_first_chapters_come_before_the_last_is_read(part: str) -> None:
    assert peak_bytes(part * 100_000, most=2) < 1_500_000


@pytest.mark.parametrize("text", ["...\n" * 40_000, "</p>\n" + "...\n" * 160_000], ids=["plain", "Markdown"])
def test_a_text_of_which_nothing_is_read_can_be_given_up(text: str) -> None:
    def check() -> None:
        asked.append(text)
        if len(asked) > 1:
            raise TimeoutError

    asked: list[str] = []
    with pytest.raises(TimeoutError):
        list(passages(text, check))
