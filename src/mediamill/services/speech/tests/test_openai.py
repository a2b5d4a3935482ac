"""What OpenAI's words mean here."""

import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from mediamill import InvalidInput
from mediamill.media.voices.files.formats import Format
from mediamill.services.speech import openai
from mediamill.services.speech.openai import THEIR_VOICES, SpeechRequest


def request(**fields: Any) -> SpeechRequest:  # noqa: ANN401 - the request's own fields
    return SpeechRequest.model_validate_json(json.dumps({"input": "Hello there.", **fields}))


def test_a_request_is_one_of_ours_that_is_streamed() -> None:
    params = request(model="tts-1", voice="espeak-en-gb", response_format="flac", speed=1.25).params()
    assert (params.text, params.voice, params.speed, params.stream) == ("Hello there.", "espeak-en-gb", 1.25, True)
    assert (params.format, params.sample_rate, params.language) == (Format.FLAC, 24_000, None)
    assert request().params().format is Format.MP3


def test_what_is_ours_may_be_said_too() -> None:
    params = request(language="vi", sample_rate=16_000, response_format="wav", captions=True).params()
    assert (params.language, params.sample_rate, params.captions) == ("vi", 16_000, True)
    assert request().params().captions is False


@pytest.mark.parametrize("name", sorted(THEIR_VOICES))
def test_their_voices_mean_the_voice_of_the_language(name: str) -> None:
    assert request(voice=name).params().voice is None
    assert request(voice=name.title()).params().voice is None


def test_our_voices_are_found_by_name_and_by_id() -> None:
    assert request(voice="Heart").params().voice == "heart"
    assert request(voice={"id": "espeak-vi"}).params().voice == "espeak-vi"


def test_an_id_is_always_one_of_ours() -> None:
    """hibari has a voice of one of their names, `fable`, whose model an operator may fetch."""
    with pytest.raises(InvalidInput, match="there is no voice 'fable'"):
        request(voice={"id": "fable"}).params()


def test_a_null_counts_as_left_out_and_what_nobody_knows_is_ignored() -> None:
    fields = dict.fromkeys(("model", "voice", "response_format", "speed", "instructions", "stream_format"))
    assert request(**fields) == request()
    assert request(user="u-1", normalization_options={}, lang_code="a") == request()
    assert request(instructions="Whisper.").params() == request().params()


@pytest.mark.parametrize("speed", [0.25, 0.49, 2.01, 4, "NaN"])
def test_a_speed_that_there_is_not_is_refused_with_what_there_is(speed: object) -> None:
    with pytest.raises(ValidationError, match=r"there is 0\.5 to 2"):
        request(speed=speed)
    assert request(speed=0.5).speed == 0.5
    assert request(speed=2).speed == 2.0


def test_every_format_of_theirs_has_a_name_and_a_type() -> None:
    for name in ("mp3", "opus", "aac", "flac", "wav", "pcm"):
        wanted = request(response_format=name)
        assert (wanted.file_name, wanted.form.media_type.split("/")[0]) == (f"speech.{name}", "audio")
    with pytest.raises(ValidationError):
        request(response_format="m4b")


def test_events_are_one_line_of_json_each() -> None:
    kind, _, facts = openai.delta(b"\x00\xff").partition(b": ")
    assert (kind, facts[-2:]) == (b"data", b"\n\n")
    assert base64.b64decode(json.loads(facts)["audio"]) == b"\x00\xff"
    assert json.loads(openai.done(12)[6:])["usage"]["total_tokens"] == 12
