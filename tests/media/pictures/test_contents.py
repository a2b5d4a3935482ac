"""The text forms of slides and code."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures import contents
from mediamill.media.pictures.contents import codes, slides
from mediamill.media.pictures.contents.runs import Run, Style, runs
from mediamill.media.pictures.contents.slides import DOT, NO_MARK
from mediamill.media.pictures.letters import showable
from mediamill.media.pictures.slide import Kind

PLAIN, BOLD, CODE = Style.PLAIN, Style.BOLD, Style.CODE


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a **b c** d", [("a ", PLAIN), ("b c", BOLD), (" d", PLAIN)]),
        ("`x`", [("x", CODE)]),
        ("run `a **b** c` now", [("run ", PLAIN), ("a **b** c", CODE), (" now", PLAIN)]),
        ("``a ` b``", [("a ` b", CODE)]),
        ("**một** và **hai**", [("một", BOLD), (" và ", PLAIN), ("hai", BOLD)]),
        ("2 ** 3 ** 2", [("2 ** 3 ** 2", PLAIN)]),
        ("2**3", [("2**3", PLAIN)]),
        ("**`ctx.run`**: runs", [("ctx.run", CODE), (": runs", PLAIN)]),
        ("**a `b` c**", [("a ", BOLD), ("b", CODE), (" c", BOLD)]),
        ("***both*** and *one* of 2 * 3 * 4", [("both", BOLD), (" and one of 2 * 3 * 4", PLAIN)]),
        ("a*b*c **", [("a*b*c **", PLAIN)]),
        ("`a` `` b", [("a", CODE), (" `` b", PLAIN)]),
        ("\ue000 `x`", [("x", CODE)]),
        ("a ** b** c", [("a ** b** c", PLAIN)]),
        ("an **open end", [("an **open end", PLAIN)]),
        ("a ` tick", [("a ` tick", PLAIN)]),
        ("__init__ and __bold__", [("init", BOLD), (" and ", PLAIN), ("bold", BOLD)]),
        ("snake__case__name", [("snake__case__name", PLAIN)]),
        ("  many \t blanks\u200b here ", [("many blanks here", PLAIN)]),
        ("", []),
    ],
)
def test_a_line_has_bold_and_code(line: str, found: list[tuple[str, Style]]) -> None:
    assert runs(line) == tuple(Run(text, style) for text, style in found)


@given(st.text())
def test_no_line_loses_a_letter(line: str) -> None:
    letters = [letter for letter in line if letter.isalnum()]
    assert [letter for run in runs(line) for letter in run.text if letter.isalnum()] == letters


@pytest.mark.parametrize(
    "line",
    [
        "".join("`" * count + "a" for count in range(1, 300)),
        "a`" + "``" * 20_000,
        "**a " * 10_000,
        "**" * 20_000,
        "__a" * 13_000,
        "*a " * 13_000,
        "*" * 40_000,
        "**a** " * 7_000,
        " " * 40_000 + "x",
        "# " + "# " * 20_000 + "x",
        "# " + "#" * 40_000 + "x",
        "- " * 20_000,
        "\u200d" * 40_000,
    ],
)
def test_marks_that_are_never_closed_take_no_time(line: str) -> None:
    """Ten times what a scene may have. A pattern that tries every end for every beginning takes minutes."""
    before = time.process_time()
    slides.parse(line)
    showable(line)
    assert time.process_time() - before < 0.5


def _marks(text: str) -> list[tuple[str, int, str]]:
    return [(b.mark, b.level, "".join(run.text for run in b.runs)) for b in slides.parse(text).blocks]


def test_bullets_numbers_headings_and_paragraphs() -> None:
    text = "Ba mức:\n- Cao\n  - rất cao\n\t* và nữa\n      - sâu\n1. Một\n2) Hai\n## Kết luận ##\n\n-không"
    text += "\n• dot\n\N{EN DASH} dash"
    assert _marks(text) == [
        (NO_MARK, 0, "Ba mức:"),
        (DOT, 0, "Cao"),
        (DOT, 1, "rất cao"),
        (DOT, 1, "và nữa"),
        (DOT, 2, "sâu"),
        ("1.", 0, "Một"),
        ("2)", 0, "Hai"),
        (NO_MARK, 0, "Kết luận"),
        (NO_MARK, 0, "-không"),
        (DOT, 0, "dot"),
        (DOT, 0, "dash"),
    ]
    assert slides.parse("## Kết luận").blocks[0].runs == (Run("Kết luận", BOLD),)


def test_a_year_that_begins_a_line_is_no_number_of_a_list() -> None:
    assert _marks("2024. was dry") == [(NO_MARK, 0, "2024. was dry")]
    assert _marks("3.5 times") == [(NO_MARK, 0, "3.5 times")]


@pytest.mark.parametrize("text", ["", "   \n\t\n", "- \n-\n**"])
def test_a_slide_may_say_nothing(text: str) -> None:
    contents.check(Kind.SLIDE, text)
    assert all(block.runs for block in slides.parse(text).blocks)


def test_what_stands_in_keeps_its_marks() -> None:
    blocks = slides.verbatim("A -> B: `x`\n\n- **y**  z\n").blocks
    assert [block.runs for block in blocks] == [(Run("A -> B: `x`"),), (Run("- **y** z"),)]
    assert {block.mark for block in blocks} == {NO_MARK}


@given(st.text())
def test_every_text_is_a_slide(text: str) -> None:
    slides.parse(text)
    slides.verbatim(text)


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("```python\nx = 1\n```", "python", "x = 1"),
        ("```Python title=a.py\nx = 1\n```\n \n", "python", "x = 1"),
        ("  ```py\n  if x:\n    y\n  ```", "py", "if x:\n  y"),
        ('```py\n"""\n    ```\n"""\n```', "py", '"""\n    ```\n"""'),
        ("````md\n```py\nx\n```\n````", "md", "```py\nx\n```"),
        ("```c++\nint x;", "cpp", "int x;"),
        ("~~~~\na\n~~~\nb\n~~~~", "", "a\n~~~\nb"),
        ("x = 1\n", "", "x = 1"),
        ("\n\n  if x:\n\ty()  \n\n", "", "  if x:\n    y()"),
        ("```text\na\n```", "", "a"),
        ("```\n```python\ninner\n", "", "```python\ninner"),
        ("print(1)\n```", "", "print(1)\n```"),
        ("a\n\n\n  \nb\n\nc", "", "a\n\nb\n\nc"),
    ],
)
def test_code_has_a_language_and_lines(text: str, language: str, code: str) -> None:
    assert codes.parse(text) == codes.Code(language, code)


@pytest.mark.parametrize("text", ["", " \n\t", "```python\n```", "```", "\x00\x07"])
def test_code_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="there is no code"):
        contents.check(Kind.CODE, text)


@pytest.mark.parametrize("behind", ["and more", "```py\ny = 2\n```", "```"])
def test_nothing_behind_code_is_lost_without_a_word(behind: str) -> None:
    with pytest.raises(InvalidInput, match="something behind the ``` that ends the code"):
        contents.check(Kind.CODE, f"```py\nx = 1\n```\n\n{behind}")


@given(st.text())
def test_code_is_read_or_refused(text: str) -> None:
    try:
        code = codes.parse(text)
    except InvalidInput:
        return
    assert code.text.strip("\n")
    assert "\t" not in code.text


def test_every_kind_is_read() -> None:
    examples = {
        Kind.DIAGRAM: "A -> B",
        Kind.CHART: "bar\nyear,bees\n2024,3\n2025,4",
        Kind.FORMULA: "E = mc^2",
        Kind.CODE: "x",
    }
    for kind in Kind:
        contents.check(kind, examples.get(kind, ""))
