"""What voices say to be heard once."""

from pathlib import Path

import pytest

from mediamill.media.voices.catalog import current, languages
from mediamill.media.voices.engines import edge_voices
from mediamill.media.voices.script import plan
from mediamill.media.voices.voice import Voice
from mediamill.services.speech import run
from mediamill.services.speech.samples import SENTENCES, sample_of
from mediamill.testing import FakeContext

VOICES = [voice for voice in current() if voice.ready]


def test_every_language_has_a_sentence_of_its_own() -> None:
    offered = {*languages(), *(voice.base_language for voice in edge_voices.voices())}
    assert set(SENTENCES) == offered
    assert len(offered) > 80
    shared = {text for text in SENTENCES.values() if list(SENTENCES.values()).count(text) > 1}
    assert not shared


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
def test_a_voice_says_its_sample_itself(voice: Voice) -> None:
    params = sample_of(voice)
    assert params.text is not None
    lines = plan(params.text, cast=params.cast, language=params.language).lines
    assert {line.voice for line in lines} == {voice}


@pytest.mark.parametrize("name", ["heart", "espeak-vi", "espeak-ja", "espeak-ug", "espeak-yue"])
def test_a_sample_takes_some_seconds(name: str, tmp_path: Path) -> None:
    voice = current().named(name)
    result = run(sample_of(voice), FakeContext(tmp_path))
    assert 1 < result.data["duration_s"] < 10
    assert result.data["voices"] == [name]


def test_a_voice_that_reads_everything_is_heard_in_english() -> None:
    params = sample_of(Voice("heart", "mul", "", "hibari", "heart", 24_000, None))
    assert (params.text, params.language) == (SENTENCES["en"], None)
