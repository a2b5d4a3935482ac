"""Sound that is encoded once."""

from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from mediamill.core.errors import Cancelled
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.files.reel import Reel
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, silence
from mediamill.testing import FakeContext

NOISE = np.random.default_rng(7).integers(-3_000, 3_000, RATE_HZ, dtype=np.int16)


def encoded(ctx: FakeContext, *waves: Pcm, form: Format = Format.FLAC, rate_hz: int = RATE_HZ) -> Path:
    """Return the file of these waves."""
    with Reel(ctx.scratch / "reel", form, rate_hz) as reel:
        for wave in waves:
            reel.write(wave)
    return reel.encoded(ctx)


def test_all_of_it_is_encoded_with_its_pauses_wherever_they_are(tmp_path: Path) -> None:
    waves = [silence(1), NOISE, silence(12), NOISE[:7], silence(3)]
    wave, _ = soundfile.read(encoded(FakeContext(tmp_path), *waves), dtype="int16")
    assert np.array_equal(wave, np.concatenate(waves))


@pytest.mark.parametrize("form", [Format.AAC, Format.MP3])
def test_captions_come_as_late_as_those_of_a_file_that_is_written_at_once(form: Format, tmp_path: Path) -> None:
    with sound_file(tmp_path / "file", form, rate_hz=16_000) as file, Reel(tmp_path / "reel", form, 16_000) as reel:
        assert reel.delay_frames == file.delay_frames


def test_the_same_sound_in_other_pieces_is_the_same_file(tmp_path: Path) -> None:
    encoded(FakeContext(tmp_path), NOISE, silence(1))
    again = FakeContext(tmp_path)
    encoded(again, NOISE[:100], NOISE[100:], silence(0.5), silence(0.5))
    assert again.made == []


def test_pauses_of_hours_take_no_room(tmp_path: Path) -> None:
    with Reel(tmp_path / "reel", Format.MP3, RATE_HZ) as reel:
        for _ in range(60):
            reel.write(silence(10))
    assert (tmp_path / "reel").stat().st_size == 60 * 10 * RATE_HZ * 2
    assert (tmp_path / "reel").stat().st_blocks * 512 < 1_000_000


def test_a_cancel_ends_the_encoding(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=3)
    with pytest.raises(Cancelled):
        encoded(ctx, *[NOISE] * 60)
    assert ctx.made == []
