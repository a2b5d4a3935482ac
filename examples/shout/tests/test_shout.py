import math
import wave
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from mediamill import Cancelled, InvalidInput
from mediamill.testing import FakeContext
from shout import Params, check, run

#: Two sentences that espeak-ng reads: no model has to load.
TEXT = "Xin chào các bạn. Hôm nay trời đẹp."


def loudness_db(path: Path) -> float:
    """Return the root mean square of a 16-bit mono WAV, dB of full scale."""
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24_000)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float)
    return 10 * math.log10(float(np.mean((samples / 32_768) ** 2)))


def test_the_speech_is_as_much_louder_as_was_asked(tmp_path: Path) -> None:
    calm = run(Params(text=TEXT, gain_db=0), FakeContext(tmp_path))
    loud = run(Params(text=TEXT, gain_db=3), FakeContext(tmp_path))
    gained_db = loudness_db(loud.files["speech.wav"]) - loudness_db(calm.files["speech.wav"])
    assert gained_db == pytest.approx(3, abs=0.3)
    assert loud.data["duration_s"] == calm.data["duration_s"] > 2


def test_a_second_attempt_says_no_sentence_again(tmp_path: Path) -> None:
    first, second = FakeContext(tmp_path, attempt=1), FakeContext(tmp_path, attempt=2)
    run(Params(text=TEXT), first)
    run(Params(text=TEXT), second)
    assert (len(first.made), len(second.made), len(second.found)) == (2, 0, 2)


def test_progress_ends_at_one_and_the_log_tells_the_gain(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    run(Params(text=TEXT, gain_db=4), ctx)
    assert ctx.progressed[-1].fraction == 1
    assert ctx.logged[-1] == ("shout.raised", {"gain_db": 4})


def test_cancel_in_the_first_sentence_makes_no_second_one(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=2)
    with pytest.raises(Cancelled):
        run(Params(text=TEXT), ctx)
    assert len(ctx.made) < 2


@pytest.mark.parametrize("request_", [{}, {"text": ""}, {"text": "hi", "gain_db": 21}, {"text": "hi", "volume": 1}])
def test_a_request_that_makes_no_sense_is_refused(request_: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Params.model_validate(request_)


def test_a_text_with_nothing_to_say_is_refused_before_it_is_a_job() -> None:
    with pytest.raises(InvalidInput, match="nothing to say") as refused:
        check(Params(text="?!"), {})
    assert refused.value.field == "text"
