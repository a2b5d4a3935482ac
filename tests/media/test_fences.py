"""Where blocks of code begin and end; the parser of Markdown says the same."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media import fences
from mediamill.media.voices.prose import markdown


def in_code(text: str) -> list[bool]:
    """Return of each line whether it is code, or begins or ends it."""
    fence, found = "", list[bool]()
    for line in text.split("\n"):
        around, fence = fence, fences.open_behind(line, fence)
        found.append(bool(around or fence))
    return found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\na\n```\nb", "xxx."),
        ("~~~\n```\n~~~\nb", "xxx."),
        ("````\n```\n````\nb", "xxx."),
        ("```\na\n`````  \nb", "xxx."),
        ("```\n``` py\n```\nb", "xxx."),
        ('```py title="a b"\na\n```\nb', "xxx."),
        ("``` a`b\nb", ".."),
        ("~~~ a`b\nb\n~~~\nc", "xxx."),
        ("``\nb", ".."),
        ("   ```\na\n   ```\nb", "xxx."),
        ("    ```\nb", ".."),
        ("\t```\nb", ".."),
        ("```\na\n    ```\nb", "xxxx"),
        ("a\n```\nb\n\nc", ".xxxx"),
        ("```\r\na\r\n```\r\nb", "xxx."),
        ("```\n```\n```\nb", "xxxx"),
    ],
)
def test_a_line_is_code_where_commonmark_says_so(text: str, code: str) -> None:
    assert "".join("x" if each else "." for each in in_code(text)) == code


LINE = st.builds(
    lambda blanks, mark, more: f"{' ' * blanks}{mark}{more}",
    st.integers(0, 5),
    st.sampled_from(["```", "````", "~~~", "~~~~", "``", "word"]),
    st.sampled_from(["", " ", "py", " a`b", "~", "`", "\t"]),
)


@given(st.lists(LINE, min_size=1, max_size=12))
def test_the_parser_finds_the_same_blocks(lines: list[str]) -> None:
    fenced = [token.map or [0, 0] for token in markdown.parser().parse("\n".join(lines)) if token.type == "fence"]
    assert in_code("\n".join(lines)) == [
        any(begin <= number < end for begin, end in fenced) for number in range(len(lines))
    ]


def test_a_long_line_takes_no_time() -> None:
    begin = time.process_time()
    for line in ("`" * 1_000_000 + "a`", "~" * 1_000_000, "```" + " " * 1_000_000 + "`"):
        fences.open_behind(line, "```")
        fences.open_behind(line)
    assert time.process_time() - begin < 1
