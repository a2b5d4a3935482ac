"""What holds of the script of any text at all."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamill import PermanentError
from mediamill.media.pictures import contents
from mediamill.media.pictures.slide import Kind
from mediamill.media.voices.prose import markdown, normalise
from mediamill.services.videos.script import LONGEST_TITLE, MOST_SCENES, Script
from mediamill.services.videos.writer import write
from mediamill.services.videos.writer.narrator import LONGEST

_WORDS = (
    "hàng đợi công việc Máy chủ nhận the queue is a place where jobs wait for their worker 12 3,5 % C# $5 #1 a_b *x* "
    "`code` **bold** [link](https://example.org/a_b) <b>html</b> see Figure 2 (xem hình 3) [4] a → b → c ~~out~~ $x^2$ "
    "https://example.org/x?y=1 [pause 3s] | và ... ! ? : ; — “quoted” \\ & &amp; 🙂 中文 字。 ! "
)
WORDS = st.sampled_from(_WORDS.split(" "))
SENTENCE = st.lists(WORDS, min_size=1, max_size=25).map(" ".join)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=6).map(". ".join)
CELLS = st.lists(st.one_of(WORDS, st.integers(-5, 9_999).map(str), st.just("12,5 %")), min_size=2, max_size=4)


def _table(rows: list[list[str]]) -> str:
    head, *others = rows
    lines = [head, ["---"] * len(head), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


BLOCK = st.one_of(
    PARAGRAPH,
    st.builds(lambda level, words: f"{'#' * level} {words}", st.integers(1, 4), SENTENCE),
    st.lists(SENTENCE, min_size=1, max_size=9).map(lambda found: "\n".join(f"- {each}" for each in found)),
    st.lists(SENTENCE, min_size=1, max_size=9).map(lambda found: "\n".join(f"1. {each}" for each in found)),
    st.builds(
        lambda language, words: f"```{language}\n{words}\n```", st.sampled_from(["", "python", "mermaid"]), PARAGRAPH
    ),
    st.lists(CELLS, min_size=2, max_size=7).map(_table),
    st.sampled_from(
        ["$$x = \\frac{1}{2}$$", "$$\n\\frac{a\n$$", "---", "> quoted words here", "<!-- none -->", "[^1]: note"]
    ),
    st.text(max_size=80),
)
PAGE = st.lists(BLOCK, min_size=1, max_size=14).map("\n\n".join)


def _check(script: Script) -> None:
    titles = [scene.title for scene in script.scenes]
    assert len(titles) == len(set(titles)) <= MOST_SCENES
    for scene in script.scenes:
        said = scene.narration
        assert len(scene.title) <= LONGEST_TITLE
        assert len(said) <= LONGEST + 10
        assert not re.search(r"[#`$|\n\[\]]", said), said
        assert not markdown.is_markdown(said)
        assert normalise.plain(said) == said
        assert normalise.speakable(said)
        contents.check(Kind(scene.visual.value), scene.content)


def _written(text: str, language: str) -> Script | None:
    try:
        return write(text, language=language)
    except PermanentError as refused:
        if refused.code == "NO_TEXT":
            return None
        raise


@given(PAGE)
@settings(max_examples=80, deadline=None)
def test_any_page_with_a_word_becomes_a_script_that_can_be_said_and_drawn(page: str) -> None:
    if script := _written(page, "en"):
        _check(script)


@given(st.text(max_size=400))
@settings(max_examples=80, deadline=None)
def test_any_text_becomes_a_script_once_it_has_a_word(text: str) -> None:
    if script := _written(text, "vi"):
        _check(script)


@given(SENTENCE.filter(lambda words: any(map(str.isalpha, words))))
@settings(max_examples=40, deadline=None)
def test_a_sentence_is_enough(sentence: str) -> None:
    script = _written(f"Words: {sentence}", "vi")
    assert script is not None
    _check(script)


@given(st.lists(SENTENCE, min_size=1, max_size=40), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_same_text_gives_the_same_script(sentences: list[str], apart: bool) -> None:  # noqa: FBT001 - given
    page = ("\n\n" if apart else " ").join(sentences)
    assert write(f"Words. {page}", language="en") == write(f"Words. {page}", language="en")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000 + "word",
        "a" * 60_000,
        "word " * 60_000,
        "> " * 5_000 + "word\n\nAnd words that are not as deep.",
        "\n".join(f"{' ' * 2 * number}- word {number}" for number in range(300)),
        "\n\n".join(f"## Section {number}\n\nA word about it." for number in range(4_000)),
        "| a | b |\n|---|---|\n" + "| x | 1 |\n" * 15_000,
        "$$" + "x" * 50_000,
        "```\n" + "code\n" * 30_000,
        "*a_`" * 20_000,
        "(see Figure 1 " * 10_000,
        "- " + ", ".join(["word"] * 60_000),
        "a -> " * 20_000,
        "“" + "Never closed. " * 20_000,
        "\n".join(["Title line", "=" * 10, ""] * 4_000),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_takes_long(text: str) -> None:
    begin = time.process_time()
    _check(write(text, language="en"))
    assert time.process_time() - begin < 3.0
