# ruff: noqa: RUF001 - typographic marks are what these tests are about
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices import normalise
from mediamill.media.voices.sentences import LONGEST_CHARS, Ending, split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith and Mrs. Jones met Prof. Lee on Jan. 5 at St. Mary's.",
        "See Fig. 2 on p. 14 of vol. 3, No. 7.",
        "The U.S. Army and J. R. R. Tolkien paid $9.99 at 7:30 p.m. in the end.",
        "It grew by 3.5 percent, e.g. in D.C. or elsewhere, etc. and more.",
        "GS.TS. Nguyễn Văn An và ThS. Lê Thị B. Hoa đến TP. Huế, Q. 1, P. 5.",
        "Theo Điều 5. Khoản 2 của luật, ai cũng vui.",
        "1. The restaurant that did everything at once",
        "“Stop!” he said, and left… slowly.",
        "Visit example.com or mail a.b@example.org today.",
    ],
)
def test_a_sentence_stays_whole(sentence: str) -> None:
    assert texts(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We left at 5 p.m. The train was late.", ["We left at 5 p.m.", "The train was late."]),
        ("He works for Acme Inc. She does not.", ["He works for Acme Inc.", "She does not."]),
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ("Really?! Yes. “No.” Why?", ["Really?!", "Yes.", "“No.”", "Why?"]),
        ("In 1984. Then came 1985.", ["In 1984.", "Then came 1985."]),
        ("Xin chào! Bạn khỏe không? Tôi khỏe.", ["Xin chào!", "Bạn khỏe không?", "Tôi khỏe."]),
        ("Ông ở TP. Huế. Bà ở Q. 1. Họ vui.", ["Ông ở TP. Huế.", "Bà ở Q. 1.", "Họ vui."]),
        ("你好。今天很好！走吧", ["你好。", "今天很好！", "走吧"]),
    ],
)
def test_sentences_come_apart(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_paragraphs_are_kept_and_wrapped_lines_joined() -> None:
    text = "The first sentence of this paragraph is wrapped here\nand goes on. A second.\n\nAnother paragraph."
    assert [(s.text, s.ending, s.paragraph) for s in split(text)] == [
        ("The first sentence of this paragraph is wrapped here and goes on.", Ending.SENTENCE, 0),
        ("A second.", Ending.PARAGRAPH, 0),
        ("Another paragraph.", Ending.PARAGRAPH, 1),
    ]


def test_titles_verses_and_lists_keep_their_lines() -> None:
    text = "My Day\nI woke up.\n- milk\n- bread\n1. First\n2. Second"
    assert texts(text) == ["My Day", "I woke up.", "- milk", "- bread", "1. First", "2. Second"]


def test_a_very_long_sentence_is_cut_at_its_clauses() -> None:
    clause = "and then the postman walked on through the rain with a heavy bag"
    pieces = list(split(", ".join([clause] * 12) + "."))
    assert len(pieces) > 1
    assert all(piece.text.endswith((",", ".")) for piece in pieces)
    assert [piece.ending for piece in pieces] == [Ending.CLAUSE] * (len(pieces) - 1) + [Ending.PARAGRAPH]


def test_a_megabyte_without_a_blank_is_cut() -> None:
    pieces = texts("a" * 1_000_000)
    assert "".join(pieces) == "a" * 1_000_000
    assert max(map(len, pieces)) == LONGEST_CHARS


def test_a_cut_leaves_marks_on_their_letters() -> None:
    assert all(not piece.startswith("\u0301") for piece in texts("x\u0301" * 500))


@pytest.mark.parametrize(
    "text",
    ["." * 300_000 + "a", "Mr. " * 100_000, "x" + "\u0301" * 300_000, "[" * 300_000, "a, " * 100_000, "!)" * 150_000],
    ids=["dots", "titles", "marks", "brackets", "clauses", "closers"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    assert sum(len(sentence.text) for sentence in split(normalise.prose(text))) > 0
    assert time.process_time() - began < 5.0, "the time grows with the square of the length"


@given(st.text(alphabet='aB1 .!?,;\n"”)đỗ。Dr', max_size=1_500))
def test_nothing_is_lost_and_nothing_too_long(text: str) -> None:
    sentences = list(split(normalise.plain(text)))
    assert "".join("".join(s.text.split()) for s in sentences) == "".join(text.split())
    assert all(0 < len(s.text) <= LONGEST_CHARS for s in sentences)
