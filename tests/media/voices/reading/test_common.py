# ruff: noqa: RUF001 - typographic marks are what these tests are about
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.reading import common, emojis


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("See https://www.example.com/docs?x=1#y.", "See example dot com slash docs."),
        ("Go to example.com, please.", "Go to example dot com, please."),
        ("(https://en.wikipedia.org/wiki/Foo_(bar))", "(en dot wikipedia dot org slash wiki slash Foo bar)"),
        ("http://localhost:8000/docs is up", "localhost slash docs is up"),
        ("the BBC’s bbc.co.uk/news!", "the BBC’s bbc dot co dot UK slash news!"),
        ("vnexpress.vn", "vnexpress dot VN"),
        ("my-shop.example.com/my-first_post.html", "my dash shop dot example dot com slash my first post dot html"),
        ("ftp://user:pw@files.example.org/pub/", "files dot example dot org slash pub"),
        ("https://x.com/a/550e8400-e29b-41d4-a716-446655440000/edit", "x dot com slash a slash edit"),
        (f"https://example.com/{'long/' * 20}end", "example dot com"),
        ("https://vi.wikipedia.org/wiki/%C4%90%C3%A0_L%E1%BA%A1t", "vi dot wikipedia dot org slash wiki slash Đà Lạt"),
        ("It was done.in the end.The next", "It was done.in the end.The next"),
        ("3.14 and http:// and a.b", "3.14 and http:// and a.b"),
    ],
)
def test_a_web_address_is_read(written: str, spoken: str) -> None:
    assert common.spoken(written, "en") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Write to a.b+c@example.co.uk!", "Write to a dot b plus c at example dot co dot UK!"),
        ("first_last-name@mail.example.org", "first underscore last dash name at mail dot example dot org"),
        ("mailto:anna@example.com", "anna at example dot com"),
        ("<anna@example.com>", "<anna at example dot com>"),
        ("foo@bar and a@b@c.com", "foo@bar and a@b@c.com"),
    ],
)
def test_an_address_of_mail_is_read(written: str, spoken: str) -> None:
    assert common.spoken(written, "en") == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("vi", "Xem example chấm com gạch chéo docs, a a còng example chấm VN, hashtag Hà Nội"),
        ("de", "Xem example Punkt com Schrägstrich docs, a ät example Punkt VN, Hashtag Hà Nội"),
        ("ky", "Xem example.com, a@example.vn, #HàNội"),
    ],
)
def test_signs_are_called_as_in_the_language(language: str, spoken: str) -> None:
    assert common.spoken("Xem https://www.example.com/docs, a@example.vn, #HàNội", language) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("#MachineLearning #top10 #HTMLPage", "hashtag Machine Learning hashtag top 10 hashtag HTML Page"),
        ("#snake_case", "hashtag snake case"),
        ("@anna_b said", "at anna b said"),
        ("#1, C#, &#39; and a#b", "#1, C#, &#39; and a#b"),
    ],
)
def test_tags_are_read_in_words(written: str, spoken: str) -> None:
    assert common.spoken(written, "en") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Call `foo_bar()` with ``x`` or --dry-run.", "Call foo bar with x or dry-run."),
        ("`unclosed and __init__ and a _b_", "`unclosed and __init__ and a _b_"),
        ("MAX_SIZE is -5", "MAX SIZE is -5"),
        ("He left--and she -- stayed --dry", "He left—and she — stayed dry"),
    ],
)
def test_names_from_programs_are_read_in_words(written: str, spoken: str) -> None:
    assert common.spoken(written, "vi") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Great job 👍.", "Great job thumbs up."),
        ("Great job 👍👍🏽 👍, and ❤️❤", "Great job thumbs up, and red heart"),
        ("We won 🎉🏆🥇🔥", "We won party popper, trophy, 1st place medal"),
        ("So funny 😂", "So funny"),
        ("🚀 Launch day", "Launch day"),
        ("✅ Fast", "Fast"),
        ("He came from 🇻🇳 today", "He came from Vietnam today"),
        ("Press 1️⃣ now", "Press 1 now"),
        ("in C♯ minor, tick ✓", "in C♯ minor, tick ✓"),
        ("We 👨‍👩‍👧 here", "We here"),
        ("می‌خواهم", "می‌خواهم"),
    ],
)
def test_emoji_are_named_when_short(written: str, spoken: str) -> None:
    assert emojis.spoken(written, "en") == spoken


def test_emoji_have_names_in_some_languages_only() -> None:
    assert emojis.spoken("Sehr gut 👍", "de") == "Sehr gut daumen hoch"
    assert emojis.spoken("Rất tốt 👍 nhé", "vi") == "Rất tốt nhé"


WRITTEN = "https://www.a.com/b?c#d x@y.org a.b-c@d.vn #aB #a_1 `f_g()` --h - _ 👍 👍🏽 ✓ . , ( ) com 1️⃣ @me it.in"


@given(st.lists(st.sampled_from(WRITTEN.split()), max_size=12).map(" ".join), st.sampled_from(["en", "vi", "de", "ky"]))
def test_what_was_read_stays_as_it_is(text: str, language: str) -> None:
    once = common.spoken(text, language)
    assert common.spoken(once, language) == once


@given(st.text(max_size=300), st.sampled_from(["en", "vi", "ky"]))
def test_any_text_can_be_read(text: str, language: str) -> None:
    common.spoken(text, language)


@pytest.mark.parametrize(
    "part", ["a", "a.", "a@", "a.b@", "#a", "_", "`", "`a", "http://", "👍", "👍 ", "-a", "www.", "a-", "x.com/a", "("]
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (100_000 // len(part))
    began = time.process_time()
    common.spoken(text, "en")
    assert time.process_time() - began < 2.0, "the time grows with the square of the length"
