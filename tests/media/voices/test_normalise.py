# ruff: noqa: RUF001 - odd characters are what these tests are about
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.prose.normalise import plain, prose, prose_of_markdown, speakable


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("a\u00adb\u200bc\x07d\ufeff", "abc d"),
        ("  e\u0302\u0301 \t\u00a0x  \r\ny ", "ế x\ny"),
        ("one\ftwo\n \t\n\n\nthree\u2029four\u2028five", "one\n\ntwo\n\nthree\n\nfour\nfive"),
        ("abc \u202eשלום\u202c \u2066x\u2069\u200f.", "abc שלום x."),
        ("half \ud83d a pair \udc4d", "half a pair"),
        ("icon \ue001 none \uffff \ufffd", "icon none"),
        ("ﬁnd Ｈｅｌｌｏ１ 𝐛𝐨𝐥𝐝", "find Hello1 bold"),
        ("می\u200cخواهم a\u200cb a\u200db", "می\u200cخواهم ab ab"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("z" + "\u0301\u0300" * 50, "\u017a\u0300\u0301\u0300\u0301"),
    ],
    ids=["invisible", "blanks", "breaks", "bidi", "surrogates", "private", "dressed", "joiners", "family", "zalgo"],
)
def test_text_becomes_plain(text: str, becomes: str) -> None:
    assert plain(text) == becomes


@given(st.text(max_size=300) | st.text(alphabet="a \n\r\t\f\u2028\u200d\u0301\u0302ệﬁ\x00\ud800👍", max_size=60))
def test_plain_text_stays_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_letters_and_digits_can_be_said() -> None:
    assert speakable("…7!")
    assert speakable("đ")
    assert not speakable("… 🙂 — !? ©")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("# Title\n\nSome *text*.", "Title\n\nSome text."),
        ("No *marks* here, but # and 1 < 2.", "No *marks* here, but # and 1 < 2."),
        ("A <b>bold</b> word &amp; more.", "A bold word & more."),
        ("[a](b) and **c**", "a and c"),
    ],
)
def test_only_markdown_is_read_as_markdown(text: str, becomes: str) -> None:
    assert prose(text) == becomes


def test_prose_of_markdown_has_an_empty_line_between_paragraphs() -> None:
    assert prose_of_markdown("# A\r\n\r\n- b\r\n- c\r\n") == "A\n\nb\n\nc"


@pytest.mark.parametrize(
    "text",
    ["\u0301" * 500_000, "a\u200d" * 250_000, "\n" * 500_000, " \n" * 250_000, "\ue000" * 500_000, "ﬁ" * 300_000],
    ids=["marks", "joiners", "lines", "blank lines", "private", "ligatures"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    plain(text)
    assert time.process_time() - began < 2.0, "the time grows with the square of the length"
