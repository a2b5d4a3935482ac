"""How a page becomes scenes: what of it is shown."""

import pytest

from mediamill.services.videos.script import Visual
from mediamill.services.videos.tests.writer.pages import TAIL, scenes, shown, titles, told


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


def test_a_line_that_is_the_title_is_not_shown_again() -> None:
    page = "# A title\n\nIt begins here.\n\n## A fire had been laid\n\nA fire had been laid. A letter lay on the table."
    assert scenes(f"{page}{TAIL}")[1].content == "A letter lay on the table."


def test_a_single_line_is_a_sentence_and_no_list() -> None:
    assert shown("- Only this one thing\n").content == "Only this one thing."


def test_a_title_does_not_end_before_what_it_is_about() -> None:
    said = '"As they were?" she asked. But he went on, one hand upon the rail, one hand upon the lamp.'
    assert all(not title.endswith(" upon") for title in titles(f"{said}\n\n" * 6))


@pytest.mark.parametrize(
    ("head", "language", "title"),
    [
        ("Planet | Diameter (km)", "en", "Diameter by planet"),
        ("Tháng | Doanh thu", "vi", "Doanh thu theo tháng"),
        ("Planète | Diamètre", "fr", "Diamètre"),
        (" | Diameter", "en", "Diameter"),
    ],
)
def test_a_table_on_its_own_is_called_by_its_columns(head: str, language: str, title: str) -> None:
    assert titles(f"| {head} |\n|---|---|\n| A | 12,104 |\n| B | 49,528 |\n| C | 6,792 |\n", language)[0] == title
