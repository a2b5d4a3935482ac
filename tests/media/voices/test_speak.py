# ruff: noqa: RUF001 - signs of the IPA are meant
"""Lines become one sound, with silences where they were asked for and each sentence made once."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from tests.media.loopback import status
from tests.media.voices.speakers import Speaker

from mediamill import PermanentError
from mediamill.media.voices import catalog
from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.manner import Manner, Pauses
from mediamill.media.voices.script import Cast, Line, plan
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm
from mediamill.media.voices.speak import Spoken, cache_key, say, speak
from mediamill.media.voices.utterance import said
from mediamill.settings import ProviderSettings, VoiceSettings
from mediamill.testing import FakeContext

TEXT = "Xin chào các bạn. Hôm nay trời đẹp.\n\nNgày mai trời mưa."
AT_ONCE = Pauses(clause_s=0.0, sentence_s=0.0, paragraph_s=0.0)


def spoken(tmp_path: Path, text: str, manner: Manner = Manner(), **cast: str) -> tuple[Spoken, Pcm, FakeContext]:  # noqa: B008 - it is frozen
    ctx = FakeContext(tmp_path)
    path = ctx.scratch / "sound.wav"
    with sound_file(path, Format.WAV) as file:
        done = speak(plan(text, cast=Cast.of(cast)), ctx, file, manner)
    wave, rate_hz = soundfile.read(path, dtype="int16")
    assert (rate_hz, wave.size) == (RATE_HZ, done.frames)
    return done, wave, ctx


def pauses_s(done: Spoken) -> list[float]:
    """Return the silences between sentences; each has some 70 ms of the sentences' own around it."""
    return [(after.start_frame - before.end_frame) / RATE_HZ for before, after in itertools.pairwise(done.cues)]


def test_cues_that_nobody_sees_are_whole_sentences_of_the_same_sound(tmp_path: Path) -> None:
    text = (
        "The first sentence is so long that captions show it in parts, one after the other, and that is why they look "
        "for places where its voice pauses. Hello."
    )
    made = []
    for shown in (True, False):
        with sound_file(tmp_path / f"{shown}.pcm", Format.PCM) as file:
            made.append(speak(plan(text), FakeContext(tmp_path), file, shown=shown).cues)
    seen, unseen = made
    assert seen[0].clauses
    assert [(cue.text, cue.clauses) for cue in unseen] == [(cue.text, ()) for cue in seen]
    assert [cue.end_frame for cue in unseen] == [cue.end_frame for cue in seen]
    assert (tmp_path / "True.pcm").read_bytes() == (tmp_path / "False.pcm").read_bytes()


def test_silences_are_as_long_as_was_asked(tmp_path: Path) -> None:
    slow = spoken(tmp_path, TEXT, Manner(pauses=Pauses(sentence_s=1.0, paragraph_s=2.0)))[0]
    assert pauses_s(slow) == pytest.approx([1.0, 2.0], abs=0.06)
    assert pauses_s(spoken(tmp_path, TEXT, Manner(pauses=AT_ONCE))[0]) == pytest.approx([0.0, 0.0], abs=0.06)


def test_a_faster_voice_pauses_for_less(tmp_path: Path) -> None:
    fast = spoken(tmp_path, TEXT, Manner(speed=2.0, pauses=Pauses(sentence_s=1.0, paragraph_s=2.0)))[0]
    assert pauses_s(fast) == pytest.approx([0.5, 1.0], abs=0.06)


def test_pauses_of_the_text_are_heard_before_within_and_after_it(tmp_path: Path) -> None:
    done, wave, _ = spoken(tmp_path, "[pause 2s] Xin chào [pause 1.5s] các bạn. [pause 700ms]", Manner(speed=1.5))
    assert done.cues[0].start_frame / RATE_HZ == pytest.approx(2.0, abs=0.05)
    assert pauses_s(done) == pytest.approx([1.5], abs=0.06)
    assert (wave.size - done.cues[-1].end_frame) / RATE_HZ == pytest.approx(0.7, abs=0.001)


def test_speakers_are_heard_in_turn(tmp_path: Path) -> None:
    done, _, _ = spoken(tmp_path, "[an] Xin chào.\n[binh] Chào bạn.", an="espeak-vi", binh="espeak-vi-vn-x-south")
    assert [cue.voice for cue in done.cues] == ["espeak-vi", "espeak-vi-vn-x-south"]
    assert [cue.text for cue in done.cues] == ["Xin chào.", "Chào bạn."]


def test_a_number_is_read_as_words_unless_it_should_not_be(tmp_path: Path) -> None:
    read = spoken(tmp_path, "Giá là 1.500.000đ.")[2].made
    assert read != spoken(tmp_path / "raw", "Giá là 1.500.000đ.", Manner(normalize=False))[2].made
    assert spoken(tmp_path, "Giá là 1.500.000đ.")[0].cues[0].text == "Giá là 1.500.000đ."


def test_a_respelled_word_is_said_in_its_new_spelling(tmp_path: Path) -> None:
    usual = spoken(tmp_path, "Xin chào Mill.")[2].made
    respelled, _, ctx = spoken(tmp_path, "Xin chào Mill.", Manner(pronunciations={"mill": "min"}))
    assert ctx.made != usual
    assert respelled.cues[0].text == "Xin chào Mill."
    assert spoken(tmp_path, "Xin chào min.")[2].found == ctx.made


def test_ipa_is_said_by_a_voice_that_reads_it_and_refused_by_another(tmp_path: Path) -> None:
    manner = Manner(pronunciations={"nginx": "/ˈɛndʒɪn ˈɛks/"})
    assert spoken(tmp_path, "The server nginx is here and it is fast.", manner)[0].cues[0].voice == "heart"
    with pytest.raises(PermanentError, match="espeak-vi reads no IPA: give 'nginx' a respelling") as refused:
        spoken(tmp_path, "Máy chủ nginx đang chạy ở đây.", manner)
    assert refused.value.code == "IPA_UNREAD"


def test_what_does_not_change_a_sentence_is_not_in_its_key() -> None:
    voice, plain = voice_named("espeak-vi"), Manner()
    key = cache_key(said("Xin chào."), voice, plain)
    assert key == cache_key(said("Xin chào."), voice, replace(plain, volume_db=6.0, pauses=AT_ONCE))
    changed = [
        cache_key(said("Xin chao."), voice, plain),
        cache_key(said("Xin chào."), voice_named("espeak-vi-vn-x-south"), plain),
        cache_key(said("Xin chào."), voice, replace(plain, speed=1.1)),
        cache_key(said("Xin chào."), voice, replace(plain, pitch=1.0)),
    ]
    assert len({key, *changed}) == 5


def test_a_word_by_itself_can_be_said(tmp_path: Path) -> None:
    one = say(Line("chào", voice_named("espeak-vi"), "vi"), FakeContext(tmp_path))
    assert one.fresh
    assert one.wave.size > 0.1 * RATE_HZ
    assert np.abs(one.wave.astype(int)).max() < 32_000


@pytest.fixture
def provided(speaker: Speaker) -> Iterator[Speaker]:
    """A catalogue with a voice of a speech server; `speaker` is that server."""
    catalog.use(VoiceSettings(provider=ProviderSettings(speaker.url, "key", "tts-1", (("linh", "vi"),))))
    yield speaker
    catalog.use(None)


def test_a_voice_that_is_elsewhere_gets_the_text_as_it_was_written(provided: Speaker, tmp_path: Path) -> None:
    done, _, _ = spoken(tmp_path, "Giá là 1.500.000đ.", linh="service-linh")
    assert [cue.voice for cue in done.cues] == ["service-linh"]
    assert not done.stand_ins
    assert [asked.text for asked in provided.heard] == ["Giá là 1.500.000đ."]


def test_what_a_voice_elsewhere_has_said_is_kept_although_others_are_not(provided: Speaker, tmp_path: Path) -> None:
    elsewhere = plan("Chào buổi sáng.", cast=Cast.of({"linh": "service-linh"})).lines[0]
    here = replace(elsewhere, voice=voice_named("espeak-vi"))
    ctx = FakeContext(tmp_path)
    assert [say(line, ctx, keep=False).fresh for line in (elsewhere, elsewhere, here, here)] == [
        True,
        False,
        True,
        True,
    ]
    assert len(provided.heard) == 1


def test_a_voice_that_is_away_has_a_stand_in_whose_sentences_are_its_own(provided: Speaker, tmp_path: Path) -> None:
    provided.moods = [status(503, **{"Retry-After": "0"})] * 20
    done, _, ctx = spoken(tmp_path, TEXT, linh="service-linh")
    assert done.stand_ins == {"service-linh": "espeak-vi"}
    assert {cue.voice for cue in done.cues} == {"espeak-vi"}
    assert {line.event for line in ctx.logged} == {"voice.away"}
    assert spoken(tmp_path, TEXT)[2].found == ctx.made


def test_a_stand_in_says_words_of_ipa_in_its_own_way(tmp_path: Path) -> None:
    manner = Manner(normalize=False, pronunciations={"nginx": "/ˈɛndʒɪn ˈɛks/"})
    done, _, ctx = spoken(tmp_path, f"The server nginx has had {'9' * 120} of them.", manner)
    assert {cue.voice for cue in done.cues} == {"espeak-en-us"}
    assert not done.stand_ins, "nobody was away"
    assert ctx.logged == [("voice.stand_in", {"voice": "heart", "stand_in": "espeak-en-us"})]
