"""How a page becomes scenes: what of it is said."""

import pytest

from mediamill.services.videos.tests.writer.pages import TAIL, scenes, told


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("As shown in Figure 2, the queue grows.", "The queue grows."),
        ("The queue grows, as shown in Table 3.", "The queue grows."),
        ("The queue grows (see Figure 1) every day [3, 4].", "The queue grows every day."),
        ("The queue grows every day (Walker et al., 2017).", "The queue grows every day."),
        ("The queue has grown every day (since 2017).", "The queue has grown every day (since 2017)."),
        ("It costs $5 and later $1.5 million a year.", "It costs 5 dollars and later 1.5 million dollars a year."),
        ("It is written in C# and is #1 in its field.", "It is written in C sharp and is number 1 in its field."),
        ("See more at https://www.example.org/a/b?c=1, please.", "See more at example.org, please."),
        ("The rate is $r$ and the sum *grows* **fast**.", "The rate is r and the sum grows fast."),
        ("Wait a moment [pause 30s] and go on with it.", "Wait a moment (pause 30s) and go on with it."),
        ("Press the button :rocket: now 🚀 and `run` it.", "Press the button now and run it."),
        ("A note[^1] is not for the ear at all.\n\n[^1]: Not this.", "A note is not for the ear at all."),
        ("It is good. It is good. It is better.", "It is good. It is better."),
        ("It goes ~~up~~ down and then it ends", "It goes down and then it ends."),
        ("It is ready.\nRun it like this:\n\n```sh\nrun\n```", "It is ready."),
    ],
)
def test_only_what_makes_sense_to_a_listener_is_said(written: str, said: str) -> None:
    assert told(written) == said


def test_vietnamese_pointers_and_money_are_put_into_words() -> None:
    assert told("Như trong hình 2, hàng đợi dài ra (xem bảng 3).", "vi") == "Hàng đợi dài ra."
    assert told("Dự án này tốn $3 tỷ trong một năm.", "vi") == "Dự án này tốn 3 tỷ đô la trong một năm."


def test_a_formula_that_nobody_can_say_takes_its_sentence_with_it() -> None:
    said = told(
        "The law is simple. It says $\\frac{\\partial L}{\\partial q_{i}} = \\sum_{k} a_{k} b_{k}$ for all. It holds."
    )
    assert said == "The law is simple. It holds."


def test_short_entries_become_one_sentence_and_long_ones_one_each() -> None:
    assert told("Có ba mức:\n\n- cao\n- thường\n- thấp", "vi") == "Có ba mức: cao, thường và thấp."
    assert told("There are three:\n\n- high\n- normal\n- low") == "There are three: high, normal, and low."
    said = told("- jobs wait in a line for their turn\n- workers take them one by one")
    assert said == "Jobs wait in a line for their turn. Workers take them one by one."


def test_a_list_is_told_whole_or_not_at_all() -> None:
    words = "A queue keeps jobs in order and workers take them one by one. Nothing is lost when a worker dies. "
    entries = "- It keeps jobs in order\n- Workers take them one by one\n- Nothing is lost when a worker dies"
    assert told(f"{words}\n\n{entries}") == words.strip()


def test_a_quotation_stays_together() -> None:
    said = told(
        '"I waited for years. Now it is here", she said. ' + "The line is long and goes on for a while yet. " * 30
    )
    assert ("I waited for years." in said) == ("Now it is here" in said)


def _filler(count: int) -> str:
    return "".join(
        f"Job number {number} waits in a line until a worker takes it from there. " for number in range(count)
    )


def test_a_question_comes_with_its_answer() -> None:
    said = told(f"What is lost when a worker dies in the middle of its job? Nothing. {_filler(30)}")
    assert said.startswith("What is lost when a worker dies in the middle of its job? Nothing.")


def test_a_sentence_that_leans_on_another_is_not_said_alone() -> None:
    page = f"# A title\n\nIt begins here.{TAIL}\n\n## Last\n\n{_filler(30)}It was so. Therefore all of them are served."
    assert scenes(page)[-1].narration.endswith("It was so. Therefore all of them are served.")


def test_a_long_section_is_told_by_whole_sentences_of_it() -> None:
    page = " ".join(f"Sentence number {n} says something about queues and workers." for n in range(200))
    said = told(page)
    assert 400 <= len(said) <= 600
    assert all(f"{sentence}." in page for sentence in said.rstrip(".").split(". "))


def test_what_a_pdf_leaves_of_a_formula_is_not_said() -> None:
    page = "The force falls with the third power of the distance.\n\n2GMr\n\nF =\n\nd³\n\nThe Sun is far heavier."
    assert told(page) == "The force falls with the third power of the distance. The Sun is far heavier."


@pytest.mark.parametrize("page", ["F = 2", "d³", "AB. CD."])
def test_where_there_is_nothing_else_it_is_said(page: str) -> None:
    assert any(char in " ".join(scene.narration for scene in scenes(page)) for char in page if char.isalpha())


def test_titles_are_named_as_within_a_sentence() -> None:
    sections = "".join(f"## {title}\n\nIt is told here.\n\n" for title in ("The boat", "Her crew", "How it went"))
    assert scenes(f"# A week\n\n{sections}")[0].narration.endswith("covers the boat, Her crew, and how it went.")
    sections = "".join(f"## {title}\n\nỞ đó trời mưa to.\n\n" for title in ("An Giang", "Cần Thơ", "An Nhơn"))
    assert "An Giang" in scenes(f"# Một tuần\n\n{sections}", "vi")[0].narration
