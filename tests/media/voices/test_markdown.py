# ruff: noqa: RUF001 - signs of mathematics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.prose import latex, normalise
from mediamill.media.voices.prose.markdown import Paragraph, is_markdown, paragraphs, words_of_html

PAGE = """---
title: Hidden
---
# A *short* guide {#top}

Setext title
------------

Some **bold** text with a [link](https://example.com/x?y=1), `code`
and an image ![of a cat](cat.png).<!-- not this --> See [the manual][man] and [man].[^1]

> A quote \\* with a star &amp; &copy;.

> [!NOTE]
> Take care.

```python
print("never read")
```

    neither = this

1. First
2. Second
   - inner

   more of the second
3. Third

- [ ] to do
- [x] done
* ~~struck~~ kept

| Name | Age |
|------|-----|
| Ada  | 36  |

| Name | Age | Town |
|------|:---:|------|
| Ada  | 36  | *Rome* |
| Bob  |     | Oslo |

<!--

# Commented out

-->

<div align="center"><p>Some <b>HTML</b> &amp; all</p><script>x()</script><img src="x" alt="A dog."></div>

Inline <b>tags</b> and<br>a break.

***

[^1]: The text of a note.

[man]: https://example.com "Title"

The end :rocket: is <https://example.com/a>.
"""


def texts(markdown: str) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(markdown)]


def test_markdown_is_read_as_prose() -> None:
    assert texts(PAGE) == [
        "A short guide",
        "Setext title",
        "Some bold text with a link, code and an image of a cat. See the manual and man.",
        "A quote * with a star & ©.",
        "Note\nTake care.",
        "1. First",
        "2. Second",
        "inner",
        "more of the second",
        "3. Third",
        "to do",
        "done",
        "kept",
        "Name, Age",
        "Ada, 36",
        "Name: Ada, Age: 36, Town: Rome",
        "Name: Bob, Town: Oslo",
        "Some HTML & all",
        "A dog.",
        "Inline tags and\na break.",
        "The text of a note.",
        "The end  is https://example.com/a.",
    ]


def test_headings_have_their_levels() -> None:
    headings = [paragraph for paragraph in paragraphs(PAGE) if paragraph.level]
    assert headings == [Paragraph("A short guide", 1), Paragraph("Setext title", 2)]


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("# Title", True),
        ("```\ncode", True),
        ("| a | b |\n|---|---|", True),
        ("[a](b) and [c](d)", True),
        ("only [a](b)", False),
        ("5 * 3 * 2 and #tag", False),
        ("#1 in the charts", False),
        ("a<br>b", True),
        ("a < b and b > c", False),
    ],
)
def test_markdown_is_told_by_its_content(text: str, is_it: bool) -> None:  # noqa: FBT001 - a row of a table
    assert is_markdown(text) is is_it


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("The energy $E = mc^2$.", "The energy E = mc^2."),
        ("$\\frac{1}{2} \\cdot \\alpha_1 \\leq \\sqrt{x+1}$", "1/2 ⋅ α 1 ≤ √(x+1)"),
        ("$$\n\\sum_{i=1}^{n} i \\times 2\n$$", "∑ i=1^n i × 2"),
        ("It costs $5, and $10 more.", "It costs $5, and $10 more."),
        ("From $5-$10 to $x$.", "From $5-$10 to x."),
        ("$a_1 * b_1 * c$ stays", "a 1 * b 1 * c stays"),
        ("$\\text{not} \\left( \\sin x \\right)$", "not ( sin x )"),
    ],
)
def test_formulas_are_put_into_signs(markdown: str, read: str) -> None:
    assert texts(markdown) == [read]


def test_a_formula_of_nested_fractions_ends() -> None:
    assert latex.signs("\\frac{\\frac{1}{2}}{3}") == "(1/2)/3"


def test_lists_may_begin_anywhere_and_nest() -> None:
    assert texts("7. seven\n8. eight\n   1. one\n   2. two\n9. nine\n") == [
        "7. seven",
        "8. eight",
        "1. one",
        "2. two",
        "9. nine",
    ]


def test_a_long_page_is_read_like_a_short_one() -> None:
    part = (
        "## Title\n\nText with [a link][x].\n\n1. one\n2. two\n\n```\n# code\n```\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n"
    )
    once = texts(part + "[x]: y\n")
    assert texts(part * 400 + "[x]: y\n") == once * 400


def test_code_that_never_ends_is_not_read() -> None:
    assert texts("Text.\n\n```\n" + "x\n" * 100_000) == ["Text."]


@given(st.text(alphabet="a *_`~#>|-+1.[]()!<>/&$\\^:{}\n", max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    assert all(paragraph.text.strip() for paragraph in paragraphs(text))


@pytest.mark.parametrize(
    "part",
    ["[", "*a", "<", "<!--", "`", "$a", "|", "> ", "- ", "[a]: b\n", "<a ", "\\", "# \n", "[^a]", "$\\frac{", ":a"],
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (50_000 // len(part))
    began = time.process_time()
    is_markdown(text)
    for _ in paragraphs(text):
        pass
    assert time.process_time() - began < 4.0, "the time grows with the square of the length"


@pytest.mark.parametrize("part", ["<div ", '<img alt="a" ', "<img "])
def test_tags_that_never_end_do_not_take_long(part: str) -> None:
    began = time.process_time()
    list(words_of_html(part * (400_000 // len(part))))
    assert time.process_time() - began < 1.0, "the time grows with the square of the length"


def test_who_gets_the_word_begins_a_line_in_markdown_too() -> None:
    page = "# A talk\n\n[alice] Hello\nthere.\n[bob] Good\nevening, *[sic]*\n\n- [alice] And you?\n"
    assert [paragraph.text for paragraph in paragraphs(page)] == [
        "A talk",
        "[alice] Hello there.\n[bob] Good evening, [sic]",
        "[alice] And you?",
    ]


@pytest.mark.parametrize("said", ["Yes.", "Yes", "yes!", "Có.", "“Never.”", "No. (He leaves.)", "\nYes."])
def test_a_speaker_who_says_one_word_is_heard(said: str) -> None:
    words = " ".join(said.split())
    assert texts(f"# Part\n\n[bob]: {said}\n\n[alice] Oh.\n\n[bob] So.") == [
        "Part",
        f"[bob]: {words}",
        "[alice] Oh.",
        "[bob] So.",
    ]


@pytest.mark.parametrize("address", ["https://a.example/x", "../x", "#x", "x.md", "<x y>", "x", "mailto:a@b.example"])
def test_an_address_is_not_read(address: str) -> None:
    assert texts(f"# Part\n\nSee [here][bob] and [bob].\n\n[bob]: {address} 'Title'") == ["Part", "See here and bob."]


def test_a_speaker_with_a_colon_is_no_address() -> None:
    text = "# Part\n\n[alice]: Hello there.\n\n[bob]: And back.\n\n[bob] Hi."
    assert normalise.prose(text) == "Part\n\n[alice]: Hello there.\n\n[bob]: And back.\n\n[bob] Hi."
