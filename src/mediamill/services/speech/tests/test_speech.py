import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import signal  # type: ignore[import-untyped]

from mediamill import Cancelled, InvalidInput, PermanentError, Queue, Result
from mediamill.services.speech import check, run, service
from mediamill.services.speech.params import Params
from mediamill.testing import FakeContext

BILINGUAL = "Dr. Smith came on Jan. 5. He was late.\n\nXin chào các bạn. Hôm nay trời đẹp quá!"
RATE_HZ = 24_000
EXAMPLES = Path(__file__).parents[5] / "examples" / "texts"


def speak(tmp_path: Path, **params: object) -> tuple[Result, FakeContext]:
    ctx = FakeContext(tmp_path)
    return run(Params.model_validate(params), ctx), ctx


def test_captions_may_be_left_out(tmp_path: Path) -> None:
    result, _ = speak(tmp_path, text="Nobody reads along.", captions=False)
    assert list(result.files) == ["speech.mp3"]
    assert result.data["sentences"] == 1


def test_a_text_becomes_sound_captions_and_facts(tmp_path: Path) -> None:
    result, ctx = speak(tmp_path, text=BILINGUAL)
    assert list(result.files) == ["speech.mp3", "captions.srt", "captions.vtt", "cues.json"]
    facts = {"sentences": 4, "words": 18, "languages": ["en", "vi"], "voices": ["espeak-vi", "heart"]}
    assert {name: result.data[name] for name in facts} == facts
    sound = soundfile.info(result.files["speech.mp3"])
    assert (sound.format, sound.samplerate, sound.channels) == ("MP3", RATE_HZ, 1)
    assert sound.duration == pytest.approx(result.data["duration_s"], abs=0.001)
    assert 5.0 < sound.duration < 12.0
    assert ctx.progressed[-1] == (1.0, "sentence 4 of 4")
    assert [line.event for line in ctx.logged] == ["speech.sentences"]


@pytest.mark.parametrize("form", ["mp3", "wav", "flac"])
def test_each_cue_begins_and_ends_with_its_sound(form: str, tmp_path: Path) -> None:
    result, _ = speak(tmp_path, text=BILINGUAL, format=form)
    wave, rate_hz = soundfile.read(result.files[f"speech.{form}"], dtype="int16")
    loudness = np.abs(wave.astype(int))
    cues = json.loads(result.files["cues.json"].read_text())
    assert [cue["language"] for cue in cues] == ["en", "en", "vi", "vi"]
    covered = np.zeros(wave.size, bool)
    for cue in cues:
        begin, end = (round(cue[edge] * rate_hz) for edge in ("start_s", "end_s"))
        covered[begin - 120 : end + 120] = True
        heard = np.flatnonzero(loudness[begin:end] > loudness[begin:end].max() * 0.01)
        assert heard[0] < 0.02 * rate_hz
        assert end - begin - heard[-1] < 0.15 * rate_hz
    assert loudness[~covered].max() < 300, "there is speech outside of every cue"


def test_both_languages_are_equally_loud(tmp_path: Path) -> None:
    english, vietnamese = (
        loudness_lufs(
            soundfile.read(
                speak(tmp_path, text=(EXAMPLES / f"{name}.txt").read_text()[:900], format="wav")[0].files["speech.wav"]
            )[0]
        )
        for name in ("english", "vietnamese")
    )
    assert english == pytest.approx(-22, abs=1.5)
    assert vietnamese == pytest.approx(english, abs=1.5)


def loudness_lufs(wave: NDArray[np.float64]) -> float:
    """Integrated loudness by ITU-R BS.1770-4 with its gates; its filters, made for 48 kHz, after resampling."""
    wave = signal.resample_poly(wave, 2, 1)
    wave = signal.lfilter(
        [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585], wave
    )
    wave = signal.lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], wave)
    blocks = np.array([np.mean(wave[i : i + 19_200] ** 2) for i in range(0, wave.size - 19_200, 4_800)])
    for gate_db in (-70.0, lufs(blocks[lufs(blocks) > -70.0].mean()) - 10.0):
        blocks = blocks[lufs(blocks) > gate_db]
    return float(lufs(blocks.mean()))


def lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return -0.691 + 10 * np.log10(power + 1e-12)


def test_nothing_clips_and_pauses_are_ours(tmp_path: Path) -> None:
    result, _ = speak(tmp_path, text=BILINGUAL, format="wav")
    wave, _ = soundfile.read(result.files["speech.wav"], dtype="int16")
    assert np.abs(wave.astype(int)).max() < 32_000
    cues = json.loads(result.files["cues.json"].read_text())
    pauses = [after["start_s"] - before["end_s"] for before, after in itertools.pairwise(cues)]
    assert pauses == pytest.approx([0.35, 0.8, 0.35], abs=0.06)
    assert wave.size / RATE_HZ == pytest.approx(cues[-1]["end_s"], abs=0.001)


def test_a_second_run_makes_nothing_anew_in_whatever_format(tmp_path: Path) -> None:
    first, _ = speak(tmp_path, text=BILINGUAL, format="wav")
    again, ctx = speak(tmp_path, text=BILINGUAL, format="flac")
    assert (first.data["made"], first.data["from_cache"]) == (4, 0)
    assert (again.data["made"], again.data["from_cache"]) == (0, 4)
    assert ctx.logged[0].fields["from_cache"] == 4
    waves = [soundfile.read(result.files[name])[0] for result, name in ((first, "speech.wav"), (again, "speech.flac"))]
    assert np.array_equal(*waves)


def encoded(ctx: FakeContext) -> list[str]:
    """Return the keys of the files that were encoded."""
    return [key for key in ctx.made if key.startswith("sound:")]


@pytest.mark.parametrize("form", ["mp3", "aac"])
def test_what_was_encoded_before_is_not_encoded_again(form: str, tmp_path: Path) -> None:
    first, before = speak(tmp_path, text=BILINGUAL, format=form)
    again, ctx = speak(tmp_path, text=BILINGUAL, format=form)
    assert len(encoded(before)) == 1
    assert ctx.made == []
    assert {name: path.read_bytes() for name, path in first.files.items()} == {
        name: path.read_bytes() for name, path in again.files.items()
    }
    streamed, at_once = speak(tmp_path, text=BILINGUAL, format=form, stream=True)
    assert encoded(at_once) == []
    for name in ("captions.srt", "cues.json"):
        assert streamed.files[name].read_bytes() == first.files[name].read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        {"volume": 3.0},
        {"sample_rate": 16_000},
        {"format": "opus"},
        {"pauses": {"sentence_s": 0.4}},
        {"text": BILINGUAL.partition("\n")[0]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_sounds_or_is_written_otherwise_is_encoded_anew(other: dict[str, object], tmp_path: Path) -> None:
    first, _ = speak(tmp_path, text=BILINGUAL)
    changed, ctx = speak(tmp_path, **{"text": BILINGUAL, **other})
    assert ctx.made == encoded(ctx) != []
    sounds = [next(path for name, path in each.files.items() if "speech" in name) for each in (first, changed)]
    assert sounds[0].read_bytes() != sounds[1].read_bytes()


def test_what_a_power_cut_emptied_is_encoded_anew(tmp_path: Path) -> None:
    first, _ = speak(tmp_path, text=BILINGUAL)
    whole, kept = first.files["speech.mp3"].read_bytes(), first.files["speech.mp3"]
    kept.chmod(0o644)
    kept.write_bytes(b"")
    again, ctx = speak(tmp_path, text=BILINGUAL)
    assert again.files["speech.mp3"].read_bytes() == whole
    assert "voice.cache_damaged" in [line.event for line in ctx.logged]


def test_a_stopped_job_s_sound_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    part, whole = (run(Params(text=BILINGUAL), FakeContext(tmp_path, stopping=stop)) for stop in (True, False))
    sizes = [soundfile.info(result.files["speech.mp3"]).duration for result in (part, whole)]
    assert sizes == pytest.approx([part.data["duration_s"], whole.data["duration_s"]], abs=0.001)
    assert sizes[0] < sizes[1] / 2


def test_a_lone_sentence_is_kept_as_its_job_s_result_and_not_once_more(tmp_path: Path) -> None:
    first, ctx = speak(tmp_path, text="Nobody says it twice.", format="wav")
    assert (ctx.made, ctx.found) == ([], [])
    again, _ = speak(tmp_path, text="Nobody says it twice.", format="wav")
    assert first.files["speech.wav"].read_bytes() == again.files["speech.wav"].read_bytes()
    assert (again.data["made"], again.data["from_cache"]) == (1, 0)


def test_a_corrected_text_costs_its_new_sentences_only(tmp_path: Path) -> None:
    speak(tmp_path, text=BILINGUAL)
    corrected, _ = speak(tmp_path, text=BILINGUAL.replace("late", "early"))
    assert corrected.data["made"] == 1


def test_a_damaged_cache_costs_time_but_no_sound(tmp_path: Path) -> None:
    whole, _ = speak(tmp_path, text=BILINGUAL, format="wav")
    for kept in (tmp_path / "cache").iterdir():
        kept.chmod(0o644)
        kept.write_bytes(b"")
    again, ctx = speak(tmp_path, text=BILINGUAL, format="wav")
    assert again.data["made"] == 4
    assert again.data["duration_s"] == pytest.approx(whole.data["duration_s"], abs=0.1)
    assert [line.event for line in ctx.logged].count("voice.cache_damaged") == 4


def test_a_sentence_one_engine_refuses_is_said_by_another(tmp_path: Path) -> None:
    result, ctx = speak(
        tmp_path, text=f"The number is {'9' * 120} exactly. And this is the next sentence of all.", normalize=False
    )
    assert ("voice.stand_in", {"voice": "heart", "stand_in": "espeak-en-us"}) in ctx.logged
    assert (result.data["sentences"], result.data["silent"]) == (2, 0)
    assert result.data["duration_s"] > 15


def test_another_speed_is_another_sound(tmp_path: Path) -> None:
    slow, _ = speak(tmp_path, text=BILINGUAL)
    fast, _ = speak(tmp_path, text=BILINGUAL, speed=2)
    assert fast.data["made"] == 4
    assert slow.data["duration_s"] / fast.data["duration_s"] == pytest.approx(2.0, abs=0.3)


def test_a_cancelled_job_ends_at_the_next_sentence(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=5)
    with pytest.raises(Cancelled):
        run(Params(text=BILINGUAL), ctx)
    assert len(ctx.made) == 1


def test_a_stopped_job_keeps_what_there_is(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, stopping=True)
    result = run(Params(text=BILINGUAL), ctx)
    assert (result.data["sentences"], result.data["complete"]) == (1, False)


def test_an_uploaded_markdown_page_is_read_as_prose(tmp_path: Path) -> None:
    page = tmp_path / "upload"
    page.write_text("# A Title\n\nSome **bold** [words](https://example.com).\n\n```\ncode\n```\n")
    result = run(Params(), FakeContext(tmp_path, inputs={"file": page}))
    cues = json.loads(result.files["cues.json"].read_text())
    assert [cue["text"] for cue in cues] == ["A Title", "Some bold words."]


def test_a_text_no_voice_reads_is_not_retried(tmp_path: Path) -> None:
    text = "Kumusta ka na, kaibigan ko? Mahal kita at gusto kong makita ka bukas ng umaga sa palengke."
    with pytest.raises(PermanentError, match="'tl', which no voice reads") as refused:
        speak(tmp_path, text=text)
    assert refused.value.code == "INVALID_INPUT"


def test_a_voice_that_can_read_nothing_of_the_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="the voice heart reads en, and the text is in vi"):
        speak(tmp_path, text="Hôm nay trời đẹp quá.", voice="heart")


def test_a_southern_voice_reads_vietnamese_and_leaves_english_to_another(tmp_path: Path) -> None:
    result, _ = speak(tmp_path, text=BILINGUAL, voice="espeak-vi-vn-x-south")
    assert result.data["voices"] == ["espeak-vi-vn-x-south", "heart"]


def test_a_region_chooses_among_the_voices_of_a_language(tmp_path: Path) -> None:
    result, _ = speak(tmp_path, text="The post was late.", language="en-GB")
    assert result.data["voices"] == ["espeak-en-gb"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"text": ""}, "at least 1 character"),
        ({"text": " \n\t"}, "the text is blank"),
        ({"text": "x" * 1_000_001}, "at most 1000000 characters"),
        ({"text": 7}, "valid string"),
        ({"text": "a", "voice": "alloy"}, "there is no voice 'alloy'; there are heart, espeak-vi"),
        ({"text": "a", "language": "tlh"}, "no voice reads the language 'tlh'; there are voices for .*vi"),
        ({"text": "a", "language": ""}, "no voice reads the language ''"),
        ({"text": "a", "voice": "heart", "language": "vi"}, "heart reads en, not vi; espeak-vi does"),
        ({"text": "a", "speed": "fast"}, "valid number"),
        ({"text": "a", "speed": "1.5"}, "valid number"),
        ({"text": "a", "speed": True}, "valid number"),
        ({"text": "a", "speed": 2.1}, "less than or equal to 2"),
        ({"text": "a", "speed": 0.4}, "greater than or equal to 0.5"),
        ({"text": "a", "speed": float("nan")}, "than or equal"),
        ({"text": "a", "format": "ogg"}, "'wav', 'mp3', 'flac'"),
        ({"text": "a", "tempo": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(params: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Params.model_validate(params)


def test_params_survive_the_way_through_json() -> None:
    params = Params(text="a", speed=1, voice="HEART", language="en")
    assert Params.model_validate_json(params.model_dump_json()) == params
    assert params.voice == "heart"


def test_every_parameter_has_a_description_and_examples() -> None:
    properties = Params.model_json_schema()["properties"]
    assert all(field.get("description") and field.get("examples") for field in properties.values())


def file(tmp_path: Path, raw: bytes) -> Path:
    (tmp_path / "staged").write_bytes(raw)
    return tmp_path / "staged"


@pytest.mark.parametrize("raw", [BILINGUAL.encode(), BILINGUAL.encode("utf-16"), b"\xef\xbb\xbf7"])
def test_a_text_file_is_accepted(raw: bytes, tmp_path: Path) -> None:
    check(Params(), {"file": file(tmp_path, raw)})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "nothing to say"),
        (b" \n", "nothing to say"),
        ("… 🙂".encode(), "nothing to say"),
        (b"PK\x03\x04rest", "ZIP"),
        (bytes(range(256)) * 8, "binary"),
        (b"caf\xe9", "not valid UTF-8"),
    ],
)
def test_a_file_without_text_is_refused(raw: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        check(Params(), {"file": file(tmp_path, raw)})
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("text", "message"),
    [("?! …", "nothing to say"), ("🙂🙂", "nothing to say"), ("សួស្តីពិភពលោក", "no voice reads the script khmer")],
)
def test_a_text_that_cannot_be_said_is_refused_at_the_door(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        check(Params(text=text), {})
    assert refused.value.field == "text"


def test_exactly_one_of_text_and_file_is_wanted(tmp_path: Path) -> None:
    sent = file(tmp_path, b"hello")
    for params, files in ((Params(), {}), (Params(text="hello"), {"file": sent})):
        with pytest.raises(InvalidInput, match="either `text` or a file"):
            check(params, files)


def test_short_texts_do_not_wait_behind_long_ones(tmp_path: Path) -> None:
    assert service.queue_of(Params(text="x" * 400), {}) is Queue.INTERACTIVE
    assert service.queue_of(Params(text="x" * 401), {}) is Queue.CPU
    assert service.queue_of(Params(), {"file": file(tmp_path, b"hello")}) is Queue.INTERACTIVE
    assert service.queue_of(Params(), {"file": file(tmp_path, b"hello" * 100)}) is Queue.CPU


def test_importing_the_service_loads_no_heavy_module() -> None:
    heavy = ["numpy", "scipy", "onnxruntime", "soundfile", "lameenc", "hibari", "py3langid", "markdown_it"]
    script = f"import sys, mediamill.services.speech; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "[]"
