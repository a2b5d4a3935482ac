"""A cue begins when its sentence does, in the file as a player decodes it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.voices.ears import Heard, heard, level_db

from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.manner import Manner
from mediamill.media.voices.script import Cast, plan
from mediamill.media.voices.sounds.sound import RATE_HZ
from mediamill.media.voices.speak import Spoken, speak
from mediamill.testing import FakeContext

#: They begin with hiss, a vowel, a breath, a stop and a hum.
ENGLISH = "She sells sea shells. Enough is enough. How many came? Please stop here. Nobody knows."
VIETNAMESE = "Xin chào các bạn. Anh ấy đến muộn. Hôm nay trời đẹp. Phở rất ngon. Không ai biết."
USUAL = Manner()
TEXTS = {
    "heart": ENGLISH,
    "espeak-en-gb": ENGLISH,
    "espeak-vi": VIETNAMESE,
    "espeak-vi-vn-x-south": VIETNAMESE,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all formats: a sentence is said once."""
    return tmp_path_factory.mktemp("said")


def read_aloud(
    shared: Path, path: Path, voice: str, form: Format, *, rate_hz: int = RATE_HZ, manner: Manner = USUAL
) -> Spoken:
    with sound_file(path, form, rate_hz=rate_hz) as file:
        return speak(plan(TEXTS[voice], cast=Cast.of({"reader": voice})), FakeContext(shared), file, manner)


def onsets_s(out: Heard, spoken: Spoken) -> list[float]:
    """Return when each sentence is first within 40 dB of its loudest 5 ms."""
    edges = [0.0, *(cue.end_s + 0.02 for cue in spoken.cues)]
    return [
        begin + first_heard_s(out.between(begin, cue.end_s), out.rate_hz)
        for begin, cue in zip(edges, spoken.cues, strict=False)
    ]


def first_heard_s(wave: NDArray[np.float64], rate_hz: int) -> float:
    step = rate_hz // 1_000
    blocks = np.lib.stride_tricks.sliding_window_view(wave, 5 * step)[::step]
    power = np.mean(blocks**2, axis=1)
    # Such a block is heard from its middle on.
    return (int(np.argmax(power > power.max() / 10_000)) + 2.5) * step / rate_hz


@pytest.mark.parametrize("voice", TEXTS)
@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_cues_begin_with_their_sentences_in_every_format(
    voice: str, speed: float, shared: Path, tmp_path: Path
) -> None:
    for form in Format:
        spoken = read_aloud(shared, tmp_path / form, voice, form, manner=Manner(speed=speed))
        out = heard(tmp_path / form, form)
        assert len(spoken.cues) == 5
        assert [cue.start_s for cue in spoken.cues] == pytest.approx(onsets_s(out, spoken), abs=0.02), form
        # AAC has no part of a packet.
        assert -0.001 < out.seconds - spoken.duration_s < 1_024 / RATE_HZ


@pytest.mark.parametrize(
    ("form", "rate_hz"), [(Format.AAC, 12_000), (Format.MP3, 44_100), (Format.OPUS, 16_000), (Format.M4B, 16_000)]
)
def test_cues_begin_with_their_sentences_at_other_rates(
    form: Format, rate_hz: int, shared: Path, tmp_path: Path
) -> None:
    spoken = read_aloud(shared, tmp_path / "a", "espeak-vi", form, rate_hz=rate_hz)
    assert [cue.start_s for cue in spoken.cues] == pytest.approx(
        onsets_s(heard(tmp_path / "a", form), spoken), abs=0.02
    )


@pytest.mark.parametrize("manner", [Manner(pitch=-5), Manner(pitch=7, volume_db=6), Manner(volume_db=20)])
def test_cues_begin_with_their_sentences_at_another_pitch_and_volume(
    manner: Manner, shared: Path, tmp_path: Path
) -> None:
    spoken = read_aloud(shared, tmp_path / "a", "heart", Format.MP3, manner=manner)
    assert [cue.start_s for cue in spoken.cues] == pytest.approx(
        onsets_s(heard(tmp_path / "a", Format.MP3), spoken), abs=0.02
    )


def test_pitch_and_volume_are_heard_in_the_file(shared: Path, tmp_path: Path) -> None:
    usual, higher = tmp_path / "usual", tmp_path / "higher"
    read_aloud(shared, usual, "heart", Format.WAV)
    read_aloud(shared, higher, "heart", Format.WAV, manner=Manner(pitch=12, volume_db=-6))
    plain, changed = heard(usual, Format.WAV), heard(higher, Format.WAV)
    assert changed.seconds == plain.seconds
    assert level_db(changed.wave) - level_db(plain.wave) == pytest.approx(-6, abs=1)
    assert pitch_hz(changed) == pytest.approx(2 * pitch_hz(plain), rel=0.15)


def pitch_hz(out: Heard) -> float:
    """Return the voice's pitch in the middle, by autocorrelation over all of it."""
    power = np.abs(np.fft.rfft(out.wave, 1 << 20)) ** 2
    hz = np.fft.rfftfreq(1 << 20, 1 / out.rate_hz)
    similar = np.fft.irfft(power * (hz < 900))
    shortest = out.rate_hz // 450
    return float(out.rate_hz / (shortest + int(np.argmax(similar[shortest : out.rate_hz // 60]))))
