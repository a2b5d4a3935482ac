"""Texts and parameters that nobody means well: what they cost is bounded, and what is wrong is said in plain words."""

import json
import tracemalloc
from pathlib import Path

import pytest
from pydantic import ValidationError

from mediamill import InvalidInput, PermanentError, Result
from mediamill.services.speech import check, run
from mediamill.services.speech.params import Params
from mediamill.testing import FakeContext

MIB = 2**20
ALICE_AND_BOB = [{"name": "alice", "voice": "espeak-en-us"}, {"name": "bob", "voice": "espeak-en-gb"}]


def speak(tmp_path: Path, **params: object) -> Result:
    return run(Params.model_validate(params), FakeContext(tmp_path))


def cues(result: Result) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(result.files["cues.json"].read_text())
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b \x1b[31mred\x1b[0m\x7f\x9b",
        "hello שלום مرحبا \u202eworld\u202c and good evening. \u2067abc\u2069",
        "h" + "\u0301" * 5_000 + "ello",
        "?!. " * 4_000 + "a",
        "." * 18_000 + " a",
        "\n" * 18_000 + "a",
        "[" * 18_000 + "a",
        "# a\n" + "*a_ " * 100,
        "# a\n" + ">" * 18_000 + "a",
        "1",
        "Ⅷ²",
    ],
)
def test_odd_texts_are_read_as_far_as_there_is_something_to_read(text: str, tmp_path: Path) -> None:
    result = speak(tmp_path, text=text, voice="espeak-en-us", format="wav")
    assert result.data["duration_s"] > 0
    for cue in cues(result):
        assert "\x00" not in str(cue["text"])


def test_a_word_without_end_is_said_in_parts(tmp_path: Path) -> None:
    text = "a" * 5_000
    result = speak(tmp_path, text=text, voice="espeak-en-us", format="wav")
    assert "".join(str(cue["text"]) for cue in cues(result)) == text
    assert max(len(str(cue["text"])) for cue in cues(result)) <= 400


@pytest.mark.parametrize("text", ["Hello. " + "[pause 30s] " * 10_000 + "There.", "[pause 30s]\n" * 10_000 + "Hello."])
def test_days_of_silence_are_refused_at_once(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"the pauses come to 83\.3 hours; 24 are the limit") as inline:
        check(Params(text=text), {})
    assert inline.value.field == "text"
    path = tmp_path / "pauses.txt"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"83\.3 hours") as uploaded:
        check(Params(), {"file": path})
    assert uploaded.value.field == "file"


@pytest.mark.parametrize("pause", ["[pause 31s]", "[pause 999999s]", "[pause 99999999999s]", "[PAUSE 30001 ms]"])
def test_a_pause_that_is_too_long_is_refused_at_once(pause: str) -> None:
    with pytest.raises(InvalidInput, match=r"a pause is 30 s at most"):
        check(Params(text=f"Hello. {pause} There."), {})
    check(Params(text="Hello. [pause 30s] There. [pause 500ms]"), {})


def test_the_usual_pauses_have_a_limit_too(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    params = {"text": "A one. " * 5_000, "language": "en", "speed": 0.5, "pauses": {"sentence_s": 10.0}, "stream": True}
    with pytest.raises(PermanentError, match=r"the pauses come to 27\.8 hours; 24 are the limit") as refused:
        run(Params.model_validate(params), ctx)
    assert refused.value.code == "SOUND_TOO_LONG"
    assert ctx.progressed[1:] == []


def test_an_hour_of_silence_takes_no_memory(tmp_path: Path) -> None:
    hour = "Hello. " + "[pause 30s]" * 120 + " There."
    speak(tmp_path, text="Hello. There.", voice="espeak-en-us", format="pcm", sample_rate=8_000)  # loads what is loaded
    tracemalloc.start()
    try:
        result = speak(tmp_path, text=hour, voice="espeak-en-us", format="pcm", sample_rate=8_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.data["duration_s"] == pytest.approx(3_601.5, abs=1.5)
    assert peak < 20 * MIB


@pytest.mark.parametrize(
    ("voice", "field", "message"),
    [
        ("nobody", "voice", "there is no voice 'nobody'; there are heart, "),
        (7, "voice", "wanted is the name of a voice, or a list of them"),
        ({"name": "alice", "voice": "heart"}, "voice", "wanted is the name of a voice, or a list of them"),
        ([], "voice", "there are 0 speakers; at least 1 and at most 20 are wanted"),
        (
            [{"name": f"n{i}", "voice": "heart"} for i in range(21)],
            "voice",
            "there are 21 speakers; at least 1 and at most 20 are wanted",
        ),
        (["nobody"], "voice.0", "there is no voice 'nobody'"),
        (["heart", 7], "voice.1", 'wanted is the name of a voice, or {"name": ..., "voice": ...}'),
        ([{"name": "alice"}], "voice.0.voice", "Field required"),
        ([{"name": "alice", "voice": "nobody"}], "voice.0.voice", "there is no voice 'nobody'"),
        ([{"name": " \u200b", "voice": "heart"}], "voice.0.name", "the name is blank"),
        ([{"name": "a[b", "voice": "heart"}], "voice.0.name", "String should match pattern"),
        (["heart", "HEART"], "voice", "two speakers are named 'heart'"),
    ],
)
def test_what_is_wrong_with_a_voice_is_said_once_and_in_plain_words(voice: object, field: str, message: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Params.model_validate({"text": "Hello.", "voice": voice})
    (only,) = wrong.value.errors()
    assert ".".join(map(str, only["loc"])) == field
    assert only["msg"].removeprefix("Value error, ").startswith(message)


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("straße", "STRASSE"),
        ("İ", "i"),
        ("ſ", "S"),  # noqa: RUF001 - a long s
        ("a.*(b", "A.*(B"),
        ("Hoa\u0300", "HO\u00c0"),
        ("Ho\u00e0", "hoa\u0300"),
        ("big  bird", "Big Bird"),
    ],
)
def test_a_speaker_is_called_by_any_spelling_of_the_same_name(name: str, mark: str, tmp_path: Path) -> None:
    voice = [{"name": "zoe", "voice": "espeak-en-us"}, {"name": name, "voice": "espeak-en-gb"}]
    result = speak(tmp_path, text=f"Hello there.\n[{mark}] And good evening.", voice=voice, format="wav")
    heard = [(cue["voice"], cue["text"]) for cue in cues(result)]
    assert heard == [("espeak-en-us", "Hello there."), ("espeak-en-gb", "And good evening.")]


def test_brackets_that_name_nobody_are_text(tmp_path: Path) -> None:
    text = "one[alice]two and [bob] three\n[carol] four [pause -3s] five"
    result = speak(tmp_path, text=text, voice=ALICE_AND_BOB, format="wav")
    assert {cue["voice"] for cue in cues(result)} == {"espeak-en-us"}
    assert " ".join(str(cue["text"]) for cue in cues(result)) == text.replace("\n", " ")
