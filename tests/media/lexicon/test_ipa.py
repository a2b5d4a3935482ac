# ruff: noqa: RUF001 - signs of the IPA are meant
"""How English is pronounced, as learners' dictionaries write it."""

import re

import pytest

from mediamill.core.errors import PermanentError
from mediamill.media import espeak
from mediamill.media.lexicon.ipa import Accent, ipa
from mediamill.media.voices import catalog
from mediamill.media.voices.engines.espeak import Espeak
from mediamill.media.voices.utterance import said


def us(text: str) -> str:
    return ipa([text], Accent.US)[0]


def uk(text: str) -> str:
    return ipa([text], Accent.UK)[0]


def test_accents_differ_where_speakers_do() -> None:
    assert (us("dance"), uk("dance")) == ("ˈdæns", "ˈdɑːns")
    assert (us("memory"), uk("memory")) == ("ˈmɛmɚɹi", "ˈmɛməɹi")
    assert (us("hot"), uk("hot")) == ("ˈhɑːt", "ˈhɒt")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("waggle dance", "ˈwæɡəl ˈdæns"),
        ("tomato", "təˈmeɪtoʊ"),
        ("about", "əˈbaʊt"),
        ("extreme", "ɛkˈstɹiːm"),
        ("computer", "kəmˈpjuːtɚ"),
        ("machine", "məˈʃiːn"),
        ("enjoy", "ɛnˈdʒɔɪ"),
        ("roses", "ˈɹoʊzɪz"),
        ("area", "ˈɛɹiə"),
        ("happy", "ˈhæpi"),
    ],
)
def test_stress_stands_before_its_syllable_in_plain_signs(word: str, told: str) -> None:
    assert us(word) == told


def test_words_of_other_languages_leave_no_marks() -> None:
    told = " ".join(ipa(["garçon, déjà vu", "Schadenfreude", "naïve café", "pho, Đà Nẵng", "日本"], Accent.US))
    assert not re.search(r"[()\u0361\u0329\u200d]", told)


def test_several_clauses_are_told_to_the_end_and_nothing_of_nothing() -> None:
    told = us("Bees dance. They hum; they fly, and come home!")
    assert len(told.split()) == 9
    assert ipa(["", " ", "\0"], Accent.UK) == ["", "", ""]


def test_voices_speak_as_before_after_it_was_asked_and_the_other_way_round() -> None:
    (voice,) = (voice for voice in catalog.current() if voice.name == "espeak-vi")
    engine = Espeak()
    first = engine.speak(said("xin chào"), voice, 1.0)
    assert us("dance") == "ˈdæns"
    assert abs(len(engine.speak(said("xin chào"), voice, 1.0)) - len(first)) < len(first) / 10
    assert uk("dance") == "ˈdɑːns"


def test_a_voice_that_is_not_there_is_an_error() -> None:
    with espeak.lock, pytest.raises(PermanentError) as refused:
        espeak.choose("en-xx")
    assert refused.value.code == "ENGINE_REFUSED"
    assert us("dance")
