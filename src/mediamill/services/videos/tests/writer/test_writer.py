"""How a page becomes scenes: what is told, what is shown, what it is called."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from mediamill import Cancelled, PermanentError
from mediamill.services.videos.script import Scene, Visual
from mediamill.services.videos.tests.writer.golden import long_book
from mediamill.services.videos.writer import page, write
from mediamill.services.videos.writer.blocks import Heading
from mediamill.testing import FakeContext

TAIL = (
    "\n\n## Second\n\nThe second part says a little more about it.\n\n## Third\n\nThe third part says the last of it.\n"
)


def scenes(page: str, language: str = "en") -> tuple[Scene, ...]:
    return write(page, language=language).scenes


def told(page: str, language: str = "en") -> str:
    """Return what is said of one section."""
    return scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}", language)[1].narration


def shown(page: str, language: str = "en") -> Scene:
    """Return the scene of one section."""
    return scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}", language)[1]


def titles(page: str, language: str = "en") -> list[str]:
    return [scene.title for scene in scenes(page, language)]


# ---- the story


def test_a_beginning_without_a_list_is_the_title_alone() -> None:
    opening = scenes(f"# How bees talk\n\nBees dance to tell where flowers are.{TAIL}")[0]
    assert opening == Scene(title="How bees talk", narration="Bees dance to tell where flowers are.")


def test_a_beginning_with_a_list_shows_it() -> None:
    opening = scenes(f"# How bees talk\n\nBees dance in two ways.\n\n- round\n- waggling{TAIL}")[0]
    assert opening.content == "- round\n- waggling"


def test_a_page_that_begins_with_a_section_tells_what_comes() -> None:
    assert scenes(f"# The title{TAIL}")[0].narration == "The title. This video covers Second and Third."
    assert scenes(f"# Tiêu đề{TAIL}", "vi")[0].narration == "Tiêu đề. Video này nói về Second và Third."


def test_an_abstract_is_told_under_the_title() -> None:
    opening = scenes(f"# The title\n\n## Abstract\n\nThis is what we found in a year of work.{TAIL}")[0]
    assert (opening.title, opening.narration) == ("The title", "This is what we found in a year of work.")


def test_the_title_before_the_page_is_its_title() -> None:
    assert write(f"---\ntitle: 'The real one'\ntags: [a]\n---\n\nSome words.{TAIL}").title == "The real one"


def test_a_first_line_without_a_full_stop_is_the_title() -> None:
    page = "Bees and their language\nBees dance to tell where flowers are. They do it in the dark. Others follow them."
    assert write(page, language="en").title == "Bees and their language"


def test_a_wrapped_first_line_is_no_title() -> None:
    page = "This folder contains examples of the use of bees and other\nanimals and their work. They dance. They fly."
    assert scenes(page)[0].narration.startswith("This folder contains examples of the use of bees and other animals")


def test_bold_lines_and_chapters_of_plain_text_are_headings() -> None:
    page = "**What**\n\nIt is a queue of jobs.\n\n**Why**\n\nJobs have to wait.\n\n**How**\n\nWorkers take them."
    assert titles(page) == ["What", "Why", "How"]
    page = "Chương 1\n\nTrời mưa to lắm.\n\nChương 2\n\nTrời lại nắng đẹp.\n\nChương 3\n\nTrời có nhiều mây."
    assert titles(page, "vi") == ["Chương 1", "Chương 2", "Chương 3"]


def test_small_neighbours_are_told_together_and_the_end_by_itself() -> None:
    sections = "".join(f"## Part {name}\n\nThis is what part {name} has to say.\n\n" for name in "abcdefghijkl")
    found = titles(f"# All\n\nIt begins here.\n\n{sections}")
    assert len(found) == 7
    assert found[1] == "Part a and Part b"
    assert found[-1] == "Part l"


def test_many_sections_under_one_title_are_listed() -> None:
    sections = "".join(f"## A longer title of section {n}\n\nThis is what it says.\n\n" for n in range(40))
    second = scenes(f"# All\n\nIt begins here.\n\n{sections}")[1]
    assert second.title == "A longer title of section 0"
    assert second.content.split("\n")[0] == "- A longer title of section 1"


def test_few_sections_are_cut_in_two_and_named_by_their_sentences() -> None:
    page = (
        "# All\n\n" + "The first thing is long. It has many words. Bees dance in the dark. Others follow at once. " * 4
    )
    found = scenes(page)
    assert len(found) >= 3
    assert len({scene.title for scene in found}) == len(found)


def test_a_section_with_code_and_a_table_is_two_scenes() -> None:
    page = (
        "The function is as short as it can be.\n\n```python\nprint(1)\n```\n\n"
        "Measured on a laptop, it is fast enough.\n\n| Run | ms |\n|---|---|\n| first | 12 |\n| second | 3 |"
    )
    found = scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}")
    assert [scene.visual for scene in found[1:3]] == [Visual.CODE, Visual.CHART]
    assert found[2].narration.startswith("Measured on a laptop")


@pytest.mark.parametrize("title", ["License", "References", "Table of Contents", "Tài liệu tham khảo", "Mục lục"])
def test_what_nobody_wants_to_be_told_is_left_out(title: str) -> None:
    assert title not in titles(f"# All\n\nIt begins here.{TAIL}\n## {title}\n\nSome words of no use to a listener.\n")


def test_a_list_of_its_own_headings_and_links_to_elsewhere_are_left_out() -> None:
    contents = "- [First](#first)\n- [Second](#second)\n- [Third](#third)"
    page = (
        f"# All\n\n*[Tiếng Việt](README.vi.md)*\n\nIt begins here.\n\n{contents}\n\n## First\n\nThe first of all.{TAIL}"
    )
    assert scenes(page)[0] == Scene(title="All", narration="It begins here.")


def test_a_list_of_links_to_elsewhere_is_one_of_their_words() -> None:
    assert shown("Some links.\n\n- [One page](a.md)\n- [Another page](b.md)").content == "- One page\n- Another page"


def test_headings_without_text_are_the_text() -> None:
    found = scenes("# All\n\n## First the one\n\n## Then the other\n\n## At last the third one")
    assert "First the one" in " ".join(scene.narration for scene in found)


# ---- little


def test_one_sentence_is_announced_told_and_ended() -> None:
    found = scenes("Water boils at a lower temperature on a mountain.")
    assert [scene.narration for scene in found] == [
        "Here is a very short video.",
        "Water boils at a lower temperature on a mountain.",
        "Thank you for watching.",
    ]


def test_two_words_are_enough() -> None:
    script = write("Xin chào")
    assert (script.title, script.language) == ("Xin chào", "vi")
    assert [scene.narration for scene in script.scenes] == [
        "Sau đây là một video rất ngắn.",
        "Nội dung là: Xin chào.",
        "Cảm ơn bạn đã theo dõi.",
    ]


def test_our_own_words_in_another_language_are_said_to_be_english() -> None:
    script = write("L'eau bout plus vite à la montagne parce que la pression est plus basse.", language="fr")
    assert [scene.language for scene in script.scenes] == ["en", None, "en"]


@pytest.mark.parametrize("page", ["", "   \n\n", "---", "!!! ... ???", "![](x.png)", "<!-- words -->", "~~out~~"])
def test_nothing_to_tell_is_refused(page: str) -> None:
    with pytest.raises(PermanentError) as refused:
        write(page)
    assert refused.value.code == "NO_TEXT"


@pytest.mark.parametrize(
    ("page", "title", "said"),
    [
        ("[Our handbook](https://example.org/h)", "Our handbook", "Our handbook."),
        ("<https://example.org/handbook>", "example.org", "example.org."),
        ("![A bee on a sunflower](bee.png)", "A bee on a sunflower", "A bee on a sunflower."),
        ("[![A bee on a sunflower](bee.png)](a.html)", "A bee on a sunflower", "A bee on a sunflower."),
        ("# Bees\n\n![A bee on a sunflower](bee.png)", "Bees", "A bee on a sunflower."),
        ("# ![The bees](logo.png)", "The bees", "It says: The bees."),
        ("[^1]: Not more than this.", "Not more than this", "Not more than this."),
        ("To do:", "To do", "It says: To do."),
        ("Hello", "Hello", "It says: Hello."),
        ("# Bees", "Bees", "It says: Bees."),
        ("Why do bees dance?", "Why do bees dance?", "Why do bees dance?"),
        ("1. one\n2. two", "One and two", "One and two."),
        ("- milk\n- bread", "Milk and bread", "Milk and bread."),
        ("# Shop\n\n- milk\n- bread\n- eggs", "Shop", "Milk, bread, and eggs."),
        ("## Bees\n\n## Honey", "Bees and Honey", "Bees and Honey."),
        ("| Fruit |\n|---|\n| Apple |\n| Pear |", "Fruit", "Apple and Pear."),
        ("| Year | Rice |\n|---|---|\n| 2023 | 410 |", "Year, Rice", "Year 2023: Rice 410."),
        ("| Command | Meaning |\n|---|---|", "Command: Meaning", "Command: Meaning."),
        ("# Words\n\n| Name | Meaning |\n|---|---|\n| up | start it |", "Words", "Up: start it."),
    ],
)
def test_any_word_is_enough_for_a_video(page: str, title: str, said: str) -> None:
    script = write(page, language="en")
    assert script.title == title
    assert [scene.narration for scene in script.scenes] == [
        "Here is a very short video.",
        said,
        "Thank you for watching.",
    ]


def test_a_word_of_a_language_without_words_of_ours_is_said_until_it_is_heard() -> None:
    assert write("你好").scenes[1].narration == "你好。 你好。 你好。 你好。"


def test_a_short_list_is_seen_at_one_glance() -> None:
    _, only, _ = scenes("- Wash the rice\n- Add water\n- Cook it for twenty minutes")
    assert only.narration == "Wash the rice. Add water. Cook it for twenty minutes."
    assert only.content == "- Wash the rice\n- Add water\n- Cook it for twenty minutes"


def test_a_table_of_words_without_others_becomes_slides_of_its_rows() -> None:
    rows = "\n".join(f"| Bee {number} | lives in the hive of number {number} | since May |" for number in range(12))
    found = scenes(f"| Name | Place | Time |\n|---|---|---|\n{rows}")
    assert found[0].title == "Name, Place, Time"
    told = " ".join(scene.narration for scene in found)
    assert all(f"Bee {number}: lives in the hive of number {number}, since May." in told for number in range(12))
    shown = "\n".join(scene.content for scene in found)
    assert all(f"- **Bee {number}**: lives in the hive" in shown for number in range(12))


def test_links_and_pictures_beside_words_are_not_told() -> None:
    said = told("The only words.\n\n![A badge](a.svg)\n\n[Another page](b.md)")
    assert said == "The only words."


def test_code_alone_is_shown() -> None:
    assert [scene.visual for scene in scenes("```python\nprint(1)\n```")] == [Visual.SLIDE, Visual.CODE, Visual.SLIDE]


# ---- what is said


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


# ---- what is shown


def test_bullets_are_short_and_not_cut_at_commas() -> None:
    page = (
        "- **Fast**: 40,000 jobs a second, measured on a laptop with two cores and a slow disk, and that is a lot\n"
        "- Nothing is lost when a worker dies, because the lease runs out and the next one takes the job over at once\n"
        "- Small"
    )
    lines = shown(page).content.split("\n")
    assert lines[1] == "- Nothing is lost when a worker dies"
    assert lines[2] == "- Small"
    assert all(len(line) <= 96 for line in lines)


def test_a_slide_without_a_list_has_what_its_sentences_say() -> None:
    scene = shown("The queue keeps jobs in order. This is important. Workers take them because they are free.")
    assert scene.content == "- The queue keeps jobs in order\n- Workers take them because they are free"


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        ([("An", "12"), ("Bình", "7")], "bar"),
        ([("2019", "1"), ("2020", "3"), ("2021", "2"), ("2022", "5"), ("2023", "4")], "line"),
        ([("Jan", "1"), ("Feb", "3"), ("Mar", "2"), ("Apr", "5"), ("May", "4")], "line"),
        ([("a", "1"), ("c", "3"), ("b", "2"), ("e", "5"), ("d", "4")], "bar"),
        ([("Coal", "60 %"), ("Gas", "25 %"), ("Sun", "15 %")], "pie"),
        ([("Coal", "60 %"), ("Gas", "60 %"), ("Sun", "15 %")], "bar"),
        ([("Coal", "60"), ("Gas", "40"), ("Total", "100")], "bar"),
    ],
)
def test_numbers_become_the_chart_that_fits_them(rows: list[tuple[str, str]], shape: str) -> None:
    table = "\n".join(f"| {label} | {number} |" for label, number in rows)
    scene = shown(f"Here they are, all of them.\n\n| Name | Value |\n|---|---|\n{table}")
    assert scene.visual is Visual.CHART
    assert scene.content.startswith(f"{shape}: Value\n")
    assert "Total" not in scene.content


def test_columns_of_other_units_words_and_serial_numbers_are_not_in_the_chart() -> None:
    head = "| No | City | People | Note | Area |\n|---|---|---|---|---|"
    rows = "| 1 | Huế | 650 | old | 5 km² |\n| 2 | Vinh | 500 | new | 1 km² |"
    assert shown(f"Two cities of the centre.\n\n{head}\n{rows}").content == (
        "bar: People\n| City | People |\n| --- | --- |\n| Huế | 650 |\n| Vinh | 500 |"
    )


def test_a_chart_that_nothing_is_said_of_tells_its_numbers() -> None:
    page = "| City | People |\n|---|---|\n| Huế | 650 |\n| Vinh | 500 |"
    assert told(page) == "People is highest for Huế, at 650, and lowest for Vinh, at 500."
    assert told(page, "vi") == "People cao nhất ở Huế với 650, và thấp nhất ở Vinh với 500."


def test_a_table_of_words_becomes_bullets() -> None:
    scene = shown("All of them.\n\n| Command | Meaning |\n|---|---|\n| up | start it all |\n| down | stop it again |")
    assert (scene.visual, scene.content) == (Visual.SLIDE, "- **up**: start it all\n- **down**: stop it again")


def test_steps_become_a_diagram_and_reasons_do_not() -> None:
    entries = "1. Wash the rice\n2. Add water\n3. Cook it"
    assert shown(f"These are the steps:\n\n{entries}").content == "Wash the rice -> Add water -> Cook it"
    assert shown(f"These are the reasons:\n\n{entries}").visual is Visual.SLIDE


def test_arrows_in_a_sentence_become_a_diagram() -> None:
    scene = shown("The way is short: client → server → data base. It takes a moment.")
    assert (scene.visual, scene.content) == (Visual.DIAGRAM, "client -> server -> data base")
    assert scene.narration.startswith("The way is short: client, then server, then data base.")


def test_mermaid_becomes_a_diagram() -> None:
    scene = shown("This is the way.\n\n```mermaid\ngraph LR\n  A[Client] -->|asks| B(Server)\n```")
    assert (scene.visual, scene.content) == (Visual.DIAGRAM, "graph LR\n  A[Client] -->|asks| B(Server)")
    page = (
        "This is the way.\n\n```mermaid\nsequenceDiagram\n participant U as User\n U->>S: asks\n S-->>U: answers\n```"
    )
    assert shown(page).content == "User -> S: asks\nS -> User: answers"


def test_formulas_are_shown_line_by_line_and_broken_ones_are_not() -> None:
    scene = shown("Two laws hold here.\n\n$$\na =\n b\n$$\n\n\\[ c = d \\]\n\n$$\\frac{a$$")
    assert (scene.visual, scene.content) == (Visual.FORMULA, "a = b\nc = d")


def test_an_equation_in_a_sentence_is_shown() -> None:
    assert shown("The law says that $E = mc^2$ for all bodies.").content == "E = mc^2"
    assert shown("The number $n$ is that of all bodies.").visual is Visual.SLIDE


def test_long_code_is_cut_between_its_pieces_and_says_so() -> None:
    imports = "\n".join(f"import module_{n}" for n in range(12))
    function = (
        "@cached\ndef total(numbers):\n    found = 0\n    for each in numbers:\n        found += each\n    return found"
    )
    rest = "\n\n".join(f"NAME_{n} = {n}" for n in range(12))
    lines = shown(f"This is all.\n\n```python\n{imports}\n\n\n{function}\n\n\n{rest}\n```").content.split("\n")
    assert lines[0] == "```python"
    assert lines[1] == lines[-2] == "# …"
    assert "@cached" in lines
    assert "    return found" in lines
    assert len(lines) - 2 <= 18


def test_a_function_is_not_shown_without_what_decorates_it() -> None:
    function = "@cached\ndef total():\n" + "\n".join(f"    call({number})" for number in range(15))
    lines = shown(f"This is all.\n\n```python\nNAME = 1\n\n{function}\n\n\nOTHER = 2\n```").content.split("\n")
    assert lines[1:4] == ["# …", "@cached", "def total():"]


def test_code_with_fences_in_it_is_shown_whole() -> None:
    scene = shown("This is all.\n\n````md\nLike so:\n\n```py\nx = 1\n```\n\nAnd more.\n````")
    assert (scene.visual, scene.content) == (
        Visual.CODE,
        "````md\nLike so:\n\n```py\nx = 1\n```\n\nAnd more.\n````",
    )


def test_code_in_lines_that_nobody_can_read_is_not_shown() -> None:
    assert shown(f"This is minified.\n\n```js\n{'a();' * 200}\n```").visual is Visual.SLIDE


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
