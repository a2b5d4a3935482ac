"""How rare words are, at which level learners meet them, what they may be, and how near texts are."""

import subprocess
import sys

import cefrpy  # type: ignore[import-untyped]
import numpy as np
import pytest
import wordfreq

from mediamill.media.lexicon.grades import TAGS, grades
from mediamill.media.lexicon.levels import LEVELS, level
from mediamill.media.lexicon.rarity import NEVER, zipf
from mediamill.media.lexicon.vectors import DIMENSIONS, forget, vectors

#: Words as most course books have them, by level.
KNOWN = {
    "A1": "house/n eat/v big/a water/n school/n happy/a book/n go/v red/a friend/n",
    "A2": "journey/n improve/v dangerous/a kitchen/n carefully/r message/n borrow/v healthy/a weather/n decide/v",
    "B1": "achieve/v environment/n politician/n recommend/v available/a knowledge/n attitude/n reduce/v probably/r "
    "experiment/n",
    "B2": "acquire/v considerable/a efficient/a hypothesis/n interpret/v reluctant/a innovation/n substantial/a bias/n "
    "convey/v",
    "C1": "albeit/r discern/v feasible/a allocate/v scrutiny/n pragmatic/a arbitrary/a paradigm/n constrain/v",
    "C2": "ubiquitous/a juxtapose/v idiosyncratic/a perfunctory/a obfuscate/v isomorphism/n esoteric/a sprocket/n "
    "mutex/n kernel/n forager/n waggle/n",
}


@pytest.mark.parametrize(
    "word", ["the", "water", "muscle", "sprocket", "isomorphism", "don't", "naïve", "waggle dance"]
)
def test_rarity_is_wordfreqs(word: str) -> None:
    assert zipf(word) == pytest.approx(wordfreq.zipf_frequency(word, "en", wordlist="large"), abs=0.15)


def test_capitals_and_curly_marks_do_not_matter_and_hyphens_part_words() -> None:
    assert zipf("The") == zipf("the")
    assert zipf("don\N{RIGHT SINGLE QUOTATION MARK}t") == zipf("don't")
    assert zipf("zzqx") == zipf("") == zipf("--") == zipf("bee zzqx") == NEVER
    assert NEVER < zipf("well-fed bee") < zipf("bee")


def test_levels_are_at_most_one_from_what_course_books_say_and_half_are_the_same() -> None:
    off = [
        abs(LEVELS.index(level(*word.split("/"))) - place)
        for place, words in enumerate(KNOWN.values())
        for word in words.split()
    ]
    assert sum(each <= 1 for each in off) >= 0.95 * len(off)
    assert sum(each == 0 for each in off) >= 0.5 * len(off)


def test_a_phrase_has_the_level_of_its_rarest_word_and_little_words_do_not_count() -> None:
    assert level("waggle dance", "n") == level("waggle", "n")
    assert level("red house", "n") == "A1"
    assert level("point of view", "n") == max(level("point", "n"), level("view", "n"))


def test_what_nobody_graded_has_the_level_of_its_rarity() -> None:
    assert level("zzqx", "n") == "C2"
    assert level("of", "o") == "A1"


@pytest.mark.parametrize(
    "word", ["a", "i", "run", "runs", "water", "abject", "aardvark", "well", "children", "isomorphism"]
)
def test_grades_are_cefrpys(word: str) -> None:
    told = cefrpy.CEFRAnalyzer().get_pos_level_dict_for_word(word, pos_tag_as_string=True, word_level_as_float=True)
    assert grades(word) == told != {}


def test_tags_are_cefrpys() -> None:
    assert [tag.name for tag in cefrpy.POSTag] == list(TAGS)


@pytest.mark.parametrize("word", ["zymase", "wholeheartedness"])
def test_the_last_words_of_a_length_have_grades_too(word: str) -> None:
    assert grades(word)
    assert grades(f"{word[:-1]}zz") == {}


@pytest.mark.parametrize("word", ["zzz", "", "ab c", "naïve", "x" * 200, "\N{SNOWMAN}"])
def test_what_the_gradings_lack_is_no_error(word: str) -> None:
    assert isinstance(dict(grades(word)), dict)


def test_a_model_that_was_let_go_is_loaded_again_and_says_the_same() -> None:
    texts = ["bees dance", "a ship at sea"]
    before = vectors(texts)
    forget()
    assert (vectors(texts) == before).all()


@pytest.mark.parametrize("text", ["kp", "\u706b", "\ud800", ""])
def test_texts_that_lie_alike_in_memory_are_told_apart(text: str) -> None:
    """A text of Python's has the hash of its bytes in memory: "kp" that of "\u706b"."""
    lists = wordfreq.get_frequency_list("en", "large")
    bucket = next((number for number, words in enumerate(lists) if text in words), None)
    assert zipf(text) == (NEVER if bucket is None else 9 - bucket / 100)


def test_vectors_of_one_meaning_are_near_and_of_others_far() -> None:
    found = vectors(["honey bee", "honeybee", "car engine", ""])
    assert found.shape == (4, DIMENSIONS)
    assert found.dtype == np.float32
    near = found @ found.T
    assert near[0, 1] > 0.8
    assert abs(near[0, 2]) < 0.3
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1, 0], abs=1e-5)
    assert vectors([]).shape == (0, DIMENSIONS)


def test_importing_all_of_it_loads_nothing_heavy() -> None:
    code = """
import sys
from mediamill.media.lexicon import dictionary, grades, ipa, levels, parts, rarity, vectors, wordnet
heavy = {"numpy", "wordfreq", "cefrpy", "tokenizers", "safetensors", "espeakng_loader"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
