"""Long sentences are cut where the voice is heard to pause for a comma."""

from pathlib import Path

import numpy as np
import pytest

from mediamill.media.voices.files.captions import SHOWN_CHARS
from mediamill.media.voices.files.clauses import begins
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.manner import Manner
from mediamill.media.voices.script import Cast, Line, plan
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, silence
from mediamill.media.voices.speak import say, speak
from mediamill.testing import FakeContext

STORM = (
    "When the storm had passed, and the last of the boats had come home, the old man sat down on the wall, "
    "lit his pipe, and told us the story of the great wave."
)
RAIN = (
    "Buổi sáng trời mưa to, đường ngập nước, xe cộ đi lại rất khó khăn; đến trưa thì trời tạnh, "
    "mọi người mới ra khỏi nhà, ai cũng vui vẻ."
)
CITY = (
    "Năm 1945, sau chiến tranh, thành phố được xây dựng lại: đường mới, nhà mới, trường học mới, "
    "và một nhà ga lớn gấp đôi nhà ga cũ."
)
TOWN = "In 1945, after the war, the town was rebuilt: new streets, new houses, new schools, and a station."


def line_of(text: str, voice: str) -> Line:
    [line] = plan(text, cast=Cast.of({"reader": voice})).lines
    return line


def said(text: str, voice: str, speed: float, shared: Path) -> Pcm:
    return say(line_of(text, voice), FakeContext(shared), Manner(speed=speed)).wave


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("said")


@pytest.mark.parametrize(
    ("text", "spoken", "voice"),
    [
        (STORM, STORM, "espeak-en-us"),
        (STORM, STORM, "heart"),
        (RAIN, RAIN, "espeak-vi"),
        (RAIN, RAIN, "espeak-vi-vn-x-south"),
        (CITY, CITY.replace("1945", "một nghìn chín trăm bốn mươi lăm"), "espeak-vi"),
        (TOWN, TOWN.replace("1945", "nineteen forty-five"), "espeak-en-gb"),
    ],
)
@pytest.mark.parametrize("speed", [0.6, 1.0])
def test_a_clause_begins_as_long_after_the_start_as_all_before_it_takes(
    text: str, spoken: str, voice: str, speed: float, shared: Path
) -> None:
    found = begins(text, spoken, said(text, voice, speed, shared))
    assert len(found) >= 4
    for clause in found:
        alone = said(text[: clause.at].rstrip(), voice, speed, shared).size
        # A sentence of its own has no pause after it, and another melody.
        assert -0.05 < (clause.frame - alone) / RATE_HZ < 0.5 / speed


def test_a_pause_far_from_a_comma_is_not_its_pause() -> None:
    at = np.arange(RATE_HZ) / RATE_HZ
    second = (8_000 * np.sin(2 * np.pi * 200 * at)).astype(np.int16)
    wave = np.concatenate([second, second, silence(0.2), *[second] * 3, silence(0.35), second])
    text = "ma ma ma ma, ma ma ma ma ma ma ma ma"
    [clause] = begins(text, text, wave)
    assert text[clause.at :] == "ma ma ma ma ma ma ma ma"
    assert clause.frame / RATE_HZ == pytest.approx(2.2, abs=0.02)


def test_a_voice_that_does_not_pause_is_not_cut(shared: Path) -> None:
    hurried = said(STORM, "espeak-en-us", 2.0, shared)
    assert begins(STORM, STORM, hurried) == ()
    assert begins("1,000.5 at 10:30", "one", hurried) == ()
    assert begins(STORM, STORM, silence(3.0)) == ()


def test_long_sentences_get_places_to_cut_and_short_ones_need_none(shared: Path, tmp_path: Path) -> None:
    script = plan(f"Hello there. {STORM}", cast=Cast.of({"reader": "espeak-en-us"}))
    with sound_file(tmp_path / "a", Format.WAV) as file:
        short, long = speak(script, FakeContext(shared), file).cues
    assert len(short.text) < SHOWN_CHARS < len(long.text)
    assert short.clauses == ()
    frames = [long.start_frame, *(clause.frame for clause in long.clauses), long.end_frame]
    assert len(frames) == 6
    assert frames == sorted(frames)
