# ruff: noqa: RUF001 - phonetic letters look like others
"""What every engine keeps, whoever speaks: one suite over all of them. And what is particular to those of the house."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from tests.media.voices import speakers
from tests.media.voices.models import lay, lay_hibari
from tests.media.voices.speakers import Speaker

from mediamill import MediamillError, PermanentError
from mediamill.media.remote.wire import wire
from mediamill.media.voices import catalog
from mediamill.media.voices.catalog import Voice, voice_named, voices
from mediamill.media.voices.engines.engine import Engine, engine_named
from mediamill.media.voices.sounds.sound import Pcm, finished, trimmed
from mediamill.media.voices.utterance import Span
from mediamill.media.voices.utterance import said as as_said
from mediamill.settings import ProviderSettings, VoiceSettings

ENGLISH = "The post was late again."
VIETNAMESE = "Hôm nay thư đến muộn."
SENTENCES = {
    "heart": ENGLISH,
    "emma": ENGLISH,
    "espeak-vi": VIETNAMESE,
    "espeak-en-gb": ENGLISH,
    "piper-joe": ENGLISH,
    "service-alloy": ENGLISH,
    "edge-en-GB-SoniaNeural": ENGLISH,
}
ENGINES = ("hibari", "espeak-ng", "piper", "service", "edge")


@dataclass(frozen=True)
class Far:
    """The servers whose voices are elsewhere, on this machine."""

    provider: Speaker
    edge: Speaker


@pytest.fixture(scope="module")
def far() -> Iterator[Far]:
    with speakers.provider() as provider, speakers.edge() as edge:
        yield Far(provider, edge)
    wire().close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    lay(folder, "joe")
    lay_hibari(folder / "bf_emma.int8.onnx")
    return folder


@pytest.fixture(autouse=True)
def installation(far: Far, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every engine that there is, set up as an operator would."""
    monkeypatch.setattr("edge_tts.communicate.WSS_URL", far.edge.url)
    catalog.use(VoiceSettings(folder, provider=ProviderSettings(far.provider.url), edge=True))
    yield
    catalog.use(None)


@pytest.fixture(params=SENTENCES)
def voice(request: pytest.FixtureRequest) -> Voice:
    """A voice of each engine."""
    return voice_named(request.param)


@pytest.fixture
def engine(voice: Voice) -> Engine:
    return engine_named(voice.engine)


def said(voice: Voice, text: str, speed: float = 1.0) -> Pcm:
    return engine_named(voice.engine).speak(as_said(text), voice, speed)


def seconds(voice: Voice, wave: Pcm) -> float:
    return trimmed(wave, voice.rate_hz).size / voice.rate_hz


# ---- every engine


def test_there_is_a_voice_of_every_engine_in_this_suite() -> None:
    assert {voice_named(name).engine for name in SENTENCES} == set(ENGINES)
    assert {voice.engine for voice in voices()} == set(ENGINES)


def test_an_engine_says_a_sentence_at_its_rate(voice: Voice) -> None:
    wave = said(voice, SENTENCES[voice.name])
    assert wave.dtype == np.int16
    assert wave.ndim == 1
    assert 0.8 < seconds(voice, wave) < 3.0
    assert np.abs(wave.astype(int)).max() < 32_767
    assert finished(wave, voice.rate_hz, voice.gain_db).size > 24_000 * 0.8


def test_twice_as_fast_is_about_half_as_long(voice: Voice) -> None:
    lengths = [seconds(voice, said(voice, SENTENCES[voice.name], speed)) for speed in (0.5, 1.0, 2.0)]
    assert 1.5 < lengths[0] / lengths[1] < 2.5
    assert 1.5 < lengths[1] / lengths[2] < 2.5


@pytest.mark.parametrize(
    "text", ["!", "🙂", "\0", "x" * 400, "<speak>&amp;</speak> [[x]] {a}", "a\u0301\u200d7", "\u202eevil\u202c", "。"]
)
def test_odd_text_does_not_break_an_engine(voice: Voice, text: str) -> None:
    assert said_or_refused(voice, text) in {"said", "ENGINE_REFUSED", "VOICE_AWAY"}
    assert said(voice, SENTENCES[voice.name]).size > 10_000


def said_or_refused(voice: Voice, text: str) -> str:
    """Say it; return the code of the error where the engine wants a stand-in."""
    try:
        return "said" if said(voice, text).dtype == np.int16 else "no sound"
    except MediamillError as refused:
        return refused.code


@pytest.mark.parametrize("utterance", [(), (Span(""),), (Span(" "), Span("\n"))], ids=["none", "empty", "blank"])
def test_nothing_to_say_is_no_sound(voice: Voice, engine: Engine, utterance: tuple[Span, ...]) -> None:
    wave = engine.speak(utterance, voice, 1.0)
    assert trimmed(wave, voice.rate_hz).size == 0
    assert wave.dtype == np.int16


def test_those_that_read_ipa_are_known() -> None:
    assert [name for name in ENGINES if engine_named(name).reads_ipa] == ["hibari", "piper"]


@pytest.mark.parametrize("name", ["heart", "emma", "piper-joe"])
def test_ipa_is_said_as_it_is_written(name: str) -> None:
    voice = voice_named(name)
    engine = engine_named(voice.engine)
    short = engine.speak((Span("The word is "), Span("word", "kæt"), Span(".")), voice, 1.0)
    long = engine.speak(
        (Span("The word is "), Span("word", "ˌæntiˌdɪsɪsˌtæblɪʃmənˈtɛəriənɪzəm"), Span(".")), voice, 1.0
    )
    assert seconds(voice, long) > seconds(voice, short) + 0.4


def test_spans_are_one_sentence(voice: Voice, engine: Engine) -> None:
    words = SENTENCES[voice.name].split()
    spans = tuple(Span(f"{word} " if number < len(words) - 1 else word) for number, word in enumerate(words))
    apart, whole = (seconds(voice, engine.speak(each, voice, 1.0)) for each in (spans, as_said(SENTENCES[voice.name])))
    assert apart == pytest.approx(whole, rel=0.6)


def test_a_version_stays_and_is_another_with_another_engine(voice: Voice, engine: Engine) -> None:
    assert engine.version(voice) == engine.version(voice)
    others = {engine_named(name).version(voice_named(each)) for each, name in _voices() if name != engine.name}
    assert engine.version(voice)
    assert engine.version(voice) not in others


def _voices() -> Iterator[tuple[str, str]]:
    for name in SENTENCES:
        yield name, voice_named(name).engine


def test_threads_share_an_engine(voice: Voice) -> None:
    waves: list[Pcm] = []
    threads = [Thread(target=lambda: waves.append(said(voice, SENTENCES[voice.name]))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lengths = [seconds(voice, wave) for wave in waves]
    assert len(lengths) == 3
    assert max(lengths) < min(lengths) * 1.4, "one took sound of another"


def test_what_an_engine_is_given_is_not_its_to_keep(voice: Voice, engine: Engine) -> None:
    first = engine.speak(as_said(SENTENCES[voice.name]), voice, 1.0)
    kept = first.copy()
    engine.speak(as_said("Something else, which is longer than that." * 2), voice, 1.0)
    assert np.array_equal(first, kept)


# ---- engines of a process


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_has_its_name_and_there_is_one(name: str) -> None:
    assert engine_named(name).name == name
    assert engine_named(name) is engine_named(name)


def test_an_engine_that_nobody_set_up_is_none() -> None:
    with pytest.raises(KeyError):
        engine_named("festival")
    catalog.use(None)
    with pytest.raises(KeyError):
        engine_named("service")


def test_another_provider_is_another_engine(far: Far) -> None:
    first = engine_named("service")
    catalog.use(VoiceSettings(provider=ProviderSettings(far.provider.url, model="tts-2")))
    assert engine_named("service") is not first


def test_a_fork_makes_its_own(far: Far) -> None:
    del far
    said(voice_named("service-alloy"), ENGLISH)
    ours = engine_named("service")
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads: it is what is tested
        child = os.fork()
    if child == 0:  # the thread that our connections live in is not there
        try:
            wave = said(voice_named("service-alloy"), ENGLISH)
            os.write(write, b"heard" if wave.size > 10_000 and engine_named("service") is not ours else b"not heard")
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        assert told.read() == b"heard"
    os.waitpid(child, 0)


# ---- hibari


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


def test_a_british_voice_of_hibaris_reads_as_the_british_do() -> None:
    """The model is heart's here; the words are not: an r after a vowel is silent."""
    assert not np.array_equal(said(voice_named("heart"), "Park the car."), said(voice_named("emma"), "Park the car."))


def test_the_version_of_a_voice_of_hibaris_is_of_its_model(tmp_path: Path) -> None:
    (tmp_path / "af_kore.int8.onnx").write_bytes(b"another model")
    heart, hibari = voice_named("heart"), engine_named("hibari")
    assert hibari.version(replace(heart, model=tmp_path / "af_kore.int8.onnx")) != hibari.version(heart)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read"), (b"\x08\x07\x3a\xff\x01", "is cut off"), (b"\x08\x07\x3a\x01a", "cannot be loaded")],
)
def test_a_broken_voice_of_hibaris_is_told_by_its_file(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "am_fenrir_v2.int8.onnx"
    if content is not None:
        path.write_bytes(content)
    fenrir = replace(voice_named("heart"), engine_voice="fenrir", model=path)
    with pytest.raises(PermanentError, match=f"am_fenrir_v2.int8.onnx {why}") as refused:
        said(fenrir, ENGLISH)
    assert refused.value.code == "ENGINE_BROKEN"
    assert said(voice_named("heart"), ENGLISH).size > 10_000


# ---- espeak-ng


@pytest.mark.parametrize("voice", [v for v in voices() if v.engine == "espeak-ng"], ids=lambda v: v.name)
def test_every_espeak_voice_can_count(voice: Voice) -> None:
    assert finished(said(voice, "1 2 3"), voice.rate_hz, voice.gain_db).size > 24_000 * 0.4


def test_a_voice_the_library_lacks_is_an_error_and_no_crash() -> None:
    broken = Voice("espeak-broken", "en", "", "espeak-ng", "en-gb-nowhere", 22_050, 0.0)
    for _ in range(3):
        with pytest.raises(PermanentError, match=r"refused the voice espeak-broken \(code 2\)"):
            said(broken, "Hello.")
    assert said(voice_named("espeak-en-gb"), "Hello.").size > 0
