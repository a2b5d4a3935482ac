"""The words of English sentences: what they are there, and what a dictionary calls them; with WordNet and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mediamill.media import installed
from mediamill.media.lexicon import parts, wordnet
from mediamill.services.documents.languages import language_of
from mediamill.services.documents.languages.english import tagger
from mediamill.services.documents.languages.english.forms import Forms

ENGLISH = language_of("It is English.")


@pytest.fixture(params=["wordnet", "none"], autouse=True)
def _dictionary(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways: with what is in this installation, and without."""
    if request.param == "none":
        installed.use(tmp_path)
    elif not wordnet.place().is_file():
        pytest.skip("WordNet was not built here")
    parts.parts.cache_clear()
    monkeypatch.setattr(tagger, "_forms", Forms())
    yield
    installed.use(None)
    parts.parts.cache_clear()


def told(sentence: str) -> str:
    """Return its words as "text/part", with lemmas that differ."""
    return " ".join(
        f"{token.text}/{token.part}" + f"={token.lemma}" * (token.lemma != token.text.lower())
        for token in ENGLISH.tokens(sentence)
    )


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Bees and ants: they dance for food.", "Bees/n=bee and/o ants/n=ant :/o they/o dance/v for/o food/n ./o"),
        ("They watched the dance.", "They/o watched/v=watch the/o dance/n ./o"),
        ("The waggle dance shows the way.", "The/o waggle/n dance/n shows/v=show the/o way/n ./o"),
        ("It runs faster.", "It/o runs/v=run faster/r=fast ./o"),
        ("We want to use it.", "We/o want/v to/o use/v it/o ./o"),
        ("The use of it is clear.", "The/o use/n of/o it/o is/o clear/a ./o"),
        ("Children left the cities.", "Children/n=child left/v=leave the/o cities/n=city ./o"),
        ("He wrote two hypotheses.", "He/o wrote/v=write two/o hypotheses/n=hypothesis ./o"),
        ("She quickly stopped.", "She/o quickly/r stopped/v=stop ./o"),
    ],
)
def test_neighbours_decide_what_a_word_is(sentence: str, expected: str) -> None:
    assert told(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("don't, can’t", ["don't", ",", "can’t"]),  # noqa: RUF001 - the mark is meant
        ("the bee's hive", ["the", "bee", "'s", "hive"]),
        ("I'm we'll they've", ["I", "'m", "we", "'ll", "they", "'ve"]),
        ("a well-known UTF-8 file", ["a", "well-known", "UTF-8", "file"]),
        ("See https://example.org/a?b=1, or ask me@example.org.", ["See", "https://example.org/a?b=1", ",", "or", "ask",
         "me@example.org", "."]),
        ("max_items or a.b_c are 3.5 or 1,000.", ["max_items", "or", "a.b_c", "are", "3.5", "or", "1,000", "."]),
        ("naïve café, e.g. ours", ["naïve", "café", ",", "e.g.", "ours"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_marks_and_addresses_are_apart(sentence: str, expected: list[str]) -> None:
    assert [token.text for token in ENGLISH.tokens(sentence)] == expected


def test_addresses_numbers_and_names_of_programs_are_no_words() -> None:
    tokens = ENGLISH.tokens("https://example.org me@example.org max_items 3.5 % don't")
    assert {token.part for token in tokens} == {"o"}


def test_a_name_within_a_sentence_is_a_noun_and_the_first_word_is_judged_without_its_capital() -> None:
    assert told("We met Kubernetes and Frisch.").split()[2::2] == ["Kubernetes/n", "Frisch/n"]
    assert told("Running the tests helps.").split()[0] == "Running/v=run"
    assert ENGLISH.tokens("The Bees")[0].text == "The"


@pytest.mark.parametrize(
    ("sentence", "lemmas"),
    [
        ("the buses, boxes, heroes, berries and wolves", {"bus", "box", "hero", "berry", "wolf"}),
        ("these analyses of phenomena and matrices", {"analysis", "phenomenon", "matrix"}),
        ("many classes, viruses and lenses", {"class", "virus", "lens"}),
        ("the news of a series of species", {"news", "series", "species"}),
        ("the frobnicators and zibbles", {"frobnicator", "zibble"}),
    ],
)
def test_nouns_come_to_their_singular_known_or_not(sentence: str, lemmas: set[str]) -> None:
    assert {token.lemma for token in ENGLISH.tokens(sentence) if token.part == "n"} == lemmas


def test_the_cache_of_forms_forgets_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediamill.services.documents.languages.english.forms._CACHED", 3)
    forms = Forms()
    for word in "one two three four five".split():  # noqa: SIM905 - a sentence
        assert forms[word].tokens[0].text == word
    assert len(forms) <= 3
