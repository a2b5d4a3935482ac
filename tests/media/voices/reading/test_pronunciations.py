# ruff: noqa: RUF001 - other people's letters are what these tests are about
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill import InvalidInput
from mediamill.media.voices.reading.pronunciations import check, utterance
from mediamill.media.voices.utterance import Span, text_of

WISHES = {
    "SQL": "sequel",
    "SQL Server": "/ˈsiːkwəl ˈsɜrvər/",
    "Nguyen": "/nwɪn/",
    "Marx": "/mɑrks/",
    "C++": "see plus plus",
    ".NET": "dot net",
    "New York City": "the big apple",
    "New York": "the state",
    "Bước": "bước chân",
    "कम": "kam",
    "東京": "とうきょう",
}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("We use sql.", "We use sequel."),
        ("SQL, SQL; SQLite and MySQL", "sequel, sequel; SQLite and MySQL"),
        ("my_sql and SQL2", "my_sql and SQL2"),
        ("C++ and C", "see plus plus and C"),
        ("ASP.NET and .net", "ASP dot net and dot net"),
        ("new york city in NEW YORK", "the big apple in the state"),
        ("BƯỚC đi, bướcx", "bước chân đi, bướcx"),
        ("कम कमी", "kam कमी"),
        ("東京都", "とうきょう都"),
        ("the SQL's end", "the sequel's end"),
    ],
)
def test_whole_words_are_respelled(written: str, said: str) -> None:
    assert utterance(written, "xx", WISHES, normalize=False) == (Span(said),)


def test_a_word_in_ipa_is_a_span_of_its_own() -> None:
    assert utterance("Use (SQL Server) or Nguyen, please.", "xx", WISHES, normalize=True) == (
        Span("Use ("),
        Span("SQL Server", "ˈsiːkwəl ˈsɜrvər"),
        Span(") or "),
        Span("Nguyen", "nwɪn"),
        Span(", please."),
    )


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("Nguyen’s", Span("Nguyen’s", "nwɪnz")),
        ("MARX'S", Span("MARX'S", "mɑrksɪz")),
        ("Nguyen", Span("Nguyen", "nwɪn")),
    ],
)
def test_a_word_in_ipa_takes_its_s_along(written: str, span: Span) -> None:
    assert utterance(written, "en", WISHES, normalize=True) == (span,)


def test_one_replacement_is_not_replaced_again() -> None:
    assert text_of(utterance("a b", "xx", {"a": "b", "b": "a"}, normalize=True)) == "b a"


def test_a_decomposed_word_is_the_same_word() -> None:
    check({"Huệ": "x"})
    assert text_of(utterance("Huệ", "xx", {"Hue\u0302\u0323": "hoa"}, normalize=False)) == "hoa"


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"": "x"}, "a word is empty"),
        ({" \u200b ": "x"}, "a word is empty"),
        ({"a" * 65: "x"}, "has 65 characters; a word has 64 at most"),
        ({"word": "x" * 201}, "'word' is said in 201 characters; the limit is 200"),
        ({"word": " "}, "nothing to say for 'word'"),
        ({"word": "//"}, "nothing to say for 'word'"),
        ({"word": "/ / "}, "nothing to say for 'word'"),
        ({"word": "/k'a3/"}, r"is no IPA because of \"'\" \(apostrophe\), '3' \(digit three\)"),
        ({"US": "a", "us": "b"}, "'US' and 'us' are the same word"),
        ({str(number): "x" for number in range(501)}, "there are 501 pronunciations; the limit is 500"),
    ],
)
def test_what_is_no_pronunciation_is_refused_by_name(wishes: Mapping[str, str], told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as refused:
        check(wishes)
    assert refused.value.field == "pronunciations"


def test_what_is_a_pronunciation_passes() -> None:
    check(WISHES | {"w" * 64: "x" * 200, "either/or": "either or"})
    check({str(number): "x" for number in range(500)})


@given(st.text(max_size=300), st.sampled_from(["en", "vi", "ky"]), st.booleans())
def test_any_text_becomes_an_utterance(text: str, language: str, normalize: bool) -> None:  # noqa: FBT001 - drawn
    assert utterance(text, language, WISHES, normalize=normalize)


@given(st.text(alphabet="aSQL '’+.東京कमी\n", max_size=200))
def test_without_a_known_word_the_text_stays(text: str) -> None:
    assert text_of(utterance(text, "xx", {"zebra": "horse"}, normalize=False)) == (text if text.strip() else "")


@pytest.mark.parametrize("part", ["SQL ", "New York ", "a", "東", "C+", " ", "Nguyen's"])
def test_no_text_takes_long(part: str) -> None:
    wishes = WISHES | {f"New York {number}": "x" for number in range(400)}
    began = time.process_time()
    utterance(part * (100_000 // len(part)), "xx", wishes, normalize=True)
    assert time.process_time() - began < 3.0, "the time grows with the square of the length"


def test_respellings_are_read_out_like_the_text_around_them() -> None:
    wishes = {"tpl": "100 km"}
    assert text_of(utterance("5 km, tpl", "en", wishes, normalize=True)) == "five kilometers, one hundred kilometers"
    assert text_of(utterance("5 km, tpl", "en", wishes, normalize=False)) == "5 km, 100 km"
