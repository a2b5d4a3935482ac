"""How a page becomes scenes: what they are called, in which language, and how long that takes."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from mediamill import Cancelled
from mediamill.services.videos.tests.writer.golden import long_book
from mediamill.services.videos.tests.writer.pages import TAIL, titles
from mediamill.services.videos.writer import page, write
from mediamill.services.videos.writer.blocks import Heading
from mediamill.testing import FakeContext

# ---- titles and languages


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("1. Introduction to it", "Introduction to it"),
        ("2.3.1 Methods", "Methods"),
        ("IV. Kết quả", "Kết quả"),
        ("Chương 3: Cơn mưa", "Cơn mưa"),
        ("Appendix A Numbers", "Numbers"),
        ("3 ways to sleep", "3 ways to sleep"),
        ("🚀 **Getting** `started` #", "Getting started"),
        ("[A link](https://example.org)", "A link"),
        ("Usage: {#usage}", "Usage"),
        (
            "A title that is much too long for any slide: because it goes on and on and on",
            "A title that is much too long for any slide",
        ),
        ("npm", "npm"),
    ],
)
def test_titles_are_headings_without_what_belongs_to_a_page(heading: str, title: str) -> None:
    assert titles(f"# All\n\nIt begins here.\n\n## {heading}\n\nSome words about it.{TAIL}")[1] == title


def test_bare_numbers_are_left_out_where_they_count_the_sections() -> None:
    sections = "".join(
        f"## {number} {name}\n\nSome words about it.\n\n" for number, name in enumerate(("One", "Two"), 2)
    )
    assert titles(f"# All\n\nIt begins here.\n\n{sections}## 3 ways out\n\nThe last words of it.")[1:] == [
        "One",
        "Two",
        "3 ways out",
    ]


def test_names_of_authors_with_addresses_are_no_titles() -> None:
    page = f"# All\n\nIt begins here.\n\n## Ann Lee (ann@example.org)\n\nSome words of hers.{TAIL}"
    assert titles(page)[1] == "Some words of hers"


def test_a_sentence_that_is_the_title_is_not_shown_below_it_again() -> None:
    dances, tells, figure = write(
        "Bees dance. The dance tells the others where the flowers are. It is a figure of eight."
    ).scenes
    assert (tells.title, tells.content) == ("The dance tells the others where the flowers are", "")
    assert (dances.content, figure.content) == ("", "")


def test_the_language_is_found_in_tables_too() -> None:
    assert write("| Năm | Doanh thu |\n|---|---|\n| 2019 | 1.200 |\n| 2020 | 1.500 |").language == "vi"


def test_a_language_that_is_given_is_taken() -> None:
    assert write("Hello there, everybody.", language="en-GB").language == "en-GB"


def test_a_scene_in_another_language_says_so() -> None:
    page = (
        "# Học tiếng Anh\n\nMỗi ngày chúng ta đọc một đoạn truyện ngắn bằng tiếng Anh.\n\n## The story\n\n"
        "Once upon a time there was a small house at the edge of a dark forest, and an old woman lived there with her "
        "cat.\n\n## Giải nghĩa\n\nCâu chuyện kể về một bà cụ sống cùng con mèo trong ngôi nhà nhỏ ở bìa rừng."
    )
    assert [scene.language for scene in write(page).scenes] == [None, "en", None]


# ---- time


def test_a_cancel_ends_the_writing_wherever_it_is(tmp_path: Path) -> None:
    asked = list[float]()
    write(long_book(300), language="en", check=lambda: asked.append(time.process_time()))
    assert max(after - before for before, after in pairwise(asked)) < 1.0
    for calls in (1, 10, len(asked) - 1):
        with pytest.raises(Cancelled):
            write(long_book(300), language="en", check=FakeContext(tmp_path, cancel_after=calls).check)


def test_a_book_takes_less_than_a_second() -> None:
    write("Warm the parser up.", language="en")
    book = long_book()
    assert len(book) > 300_000
    begin = time.process_time()
    write(book, language="en")
    assert time.process_time() - begin < 1.0


def test_of_a_shelf_of_books_the_beginnings_of_many_chapters_are_read() -> None:
    begin = time.process_time()
    script = write(long_book(300), language="en")
    assert time.process_time() - begin < 3.0
    assert len(script.scenes) == 7
    lines = "\n".join(f"Line {number} goes on." for number in range(60_000))
    last = write(lines.replace("\n", " "), language="en").scenes[-1].narration
    assert int(last.split()[1]) > 40_000


def test_comments_in_code_that_is_left_out_are_no_headings() -> None:
    words = "\n".join(f"Line {number} goes on. It says so." for number in range(30_000))
    code = "# a comment\nmake\n" * 2_000
    assert not any("omment" in title for title in titles(f"{words}\n\n```sh\n{code}```\n\n{words}"))


def test_of_headings_without_end_those_of_many_chapters_are_read() -> None:
    names = [f"# The heading of chapter {number} of a book that has nothing else" for number in range(40_000)]
    blocks = page.read("\n".join(names)).blocks
    assert len(blocks) < 14_000
    assert isinstance(blocks[-1], Heading)
    assert blocks[-1].words.spoken.startswith("The heading of chapter 39")
