import time

import pytest

from mediamill.media.voices.prose.titles import is_bare, is_name, level_of


@pytest.mark.parametrize(
    "line",
    [
        *("Chapter 4", "CHAPTER IV. The storm", "Chapter One", "Chapter Twenty-One: Rain", "Chapter 4 The Storm"),
        *("Chapter the First", "Chapter 12.", "Scene 3", "Letter 1", "Epilogue", "PREFACE", "Appendix B: Tables"),
        *("Chương 3: Mưa", "CHƯƠNG MƯỜI HAI", "Chương 3 - Mưa gió", "Chương 12 Ngày về", "Hồi thứ nhất", "Lời nói đầu"),
        *("Bài 5: Học", "Ngoại truyện 1", "Kapitel 3", "Capítulo 2", "Глава 5. Ночь", "第三章 风", "第12回"),
    ],
)
def test_a_line_is_the_title_of_a_chapter(line: str) -> None:
    assert level_of(line) == 2


@pytest.mark.parametrize(
    "line", ["Part Two", "PART TWO: After", "Book I", "Act II", "PHẦN THỨ NHẤT", "Phần 2. Mùa hè", "Tập 1", "第一部"]
)
def test_a_line_is_the_title_of_a_part(line: str) -> None:
    assert level_of(line) == 1


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Chapter 4 was long.",
            "Part I like best is this one",
            "Part 2 of 3",
            "Part of it",
            "Book one a table today!",
        ),
        *("Phần một của câu chuyện này", "Hai người", "Kết luận là như vậy", "Introduction to physics"),
        *("Chapter 1 ........ 5", "Chapters 4 and 5", "chapter", "", "第三", "Chapter 4: " + "long " * 30),
    ],
)
def test_a_line_is_no_title(line: str) -> None:
    assert level_of(line) == 0


def test_the_name_of_a_chapter_may_stand_below_its_number() -> None:
    assert is_bare("CHAPTER I")
    assert not is_bare("CHAPTER I. Down")
    assert is_name("Down the Rabbit-Hole")
    assert not is_name("Alice was beginning to get very tired.")
    assert not is_name("and so on")


def test_no_line_takes_long() -> None:
    began = time.process_time()
    for line in ("Chapter " + "1" * 90, "chương " + "một " * 20, "Part I" + " " * 90, "Chapter 1" + "." * 90) * 500:
        level_of(line)
    assert time.process_time() - began < 2.0
