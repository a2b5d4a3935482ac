import numpy as np
import pytest

from mediamill import PermanentError
from mediamill.media.voices.catalog import Voice, voice_named, voices
from mediamill.media.voices.engines import engine_named
from mediamill.media.voices.sound import Pcm, finished
from mediamill.media.voices.utterance import said as as_said

SENTENCES = {
    "heart": "The post was late again.",
    "espeak-vi": "Hôm nay thư đến muộn.",
    "espeak-en-gb": "The post was late.",
}


def said(voice: Voice, text: str, speed: float = 1.0) -> Pcm:
    return engine_named(voice.engine).speak(as_said(text), voice, speed)


@pytest.mark.parametrize("name", SENTENCES)
def test_an_engine_says_a_sentence_at_its_rate(name: str) -> None:
    voice = voice_named(name)
    wave = said(voice, SENTENCES[name])
    assert wave.dtype == np.int16
    assert wave.ndim == 1
    assert 0.8 < finished(wave, voice.rate_hz, 0.0).size / 24_000 < 3.0
    assert np.abs(wave.astype(int)).max() < 32_767


@pytest.mark.parametrize("name", SENTENCES)
def test_twice_as_fast_is_about_half_as_long(name: str) -> None:
    voice = voice_named(name)
    lengths = [finished(said(voice, SENTENCES[name], speed), voice.rate_hz, 0.0).size for speed in (0.5, 1.0, 2.0)]
    assert 1.5 < lengths[0] / lengths[1] < 2.5
    assert 1.5 < lengths[1] / lengths[2] < 2.5


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("text", ["!", "🙂", "\0", "x" * 400, "<speak>&amp;</speak> [[x]] {a}", "a\u0301\u200d7"])
def test_odd_text_does_not_break_an_engine(name: str, text: str) -> None:
    assert said(voice_named(name), text).dtype == np.int16
    assert said(voice_named(name), SENTENCES[name]).size > 10_000


@pytest.mark.parametrize("text", ["Dr. Smith came on Jan. 5.", "See Fig. 2 on p. 14.", "J. R. R. Tolkien wrote it."])
def test_hibari_does_not_pause_at_an_abbreviation(text: str) -> None:
    heart = voice_named("heart")
    wave = finished(said(heart, text), heart.rate_hz, heart.gain_db)
    loud = np.flatnonzero(np.abs(wave.astype(int)) > 200)
    assert np.diff(loud).max() < 24_000 * 0.5


def test_hibari_says_a_long_sentence_in_parts_and_says_all_of_it() -> None:
    heart = voice_named("heart")
    wave = said(heart, "1234 " * 80)
    assert wave.size > 80 * 24_000 * 0.7
    loud = np.flatnonzero(np.abs(wave.astype(int)) > 200)
    assert np.diff(loud).max() < 24_000 * 0.4


def test_a_number_hibari_stumbles_over_is_refused_by_name() -> None:
    with pytest.raises(PermanentError, match="sentence of 400 characters") as refused:
        said(voice_named("heart"), "9" * 400)
    assert refused.value.code == "ENGINE_REFUSED"


def test_hibari_says_the_same_bits_every_time() -> None:
    heart = voice_named("heart")
    assert np.array_equal(said(heart, "Once more."), said(heart, "Once more."))


@pytest.mark.parametrize("voice", [v for v in voices() if v.engine == "espeak-ng"], ids=lambda v: v.name)
def test_every_espeak_voice_can_count(voice: Voice) -> None:
    assert finished(said(voice, "1 2 3"), voice.rate_hz, voice.gain_db).size > 24_000 * 0.4


def test_a_voice_the_library_lacks_is_an_error_and_no_crash() -> None:
    broken = Voice("espeak-broken", "en", "", "espeak-ng", "en-gb-nowhere", 22_050, 0.0)
    for _ in range(3):
        with pytest.raises(PermanentError, match=r"refused the voice espeak-broken \(code 2\)"):
            said(broken, "Hello.")
    assert said(voice_named("espeak-en-gb"), "Hello.").size > 0


@pytest.mark.parametrize("engine", ["hibari", "espeak-ng"])
def test_an_engine_has_a_name_and_a_version(engine: str) -> None:
    assert engine_named(engine).name == engine
    voice = next(voice for voice in voices() if voice.engine == engine)
    assert engine_named(engine).version(voice)
