from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.voices.files.encode import keep, kept, sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, finished, louder, onset, resampled, silence, trimmed


def tone(seconds: float, rate_hz: int = RATE_HZ, hz: float = 440.0, amplitude: float = 8_000) -> Pcm:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def padded(wave: Pcm, before: int, after: int) -> Pcm:
    return np.concatenate([np.zeros(before, np.int16), wave, np.zeros(after, np.int16)])


def first_loud(wave: NDArray[np.int16]) -> int:
    return int(np.flatnonzero(np.abs(wave.astype(int)) > 500)[0])


def test_paddings_are_cut_to_ten_and_sixty_milliseconds() -> None:
    cut = trimmed(padded(tone(1.0), 7_200, 11_000), RATE_HZ)
    assert abs(cut.size - (1.0 + 0.01 + 0.06) * RATE_HZ) < 10
    assert abs(first_loud(cut) - 240) < 10


def dying(decay_db_s: float, peak: float, noise: float, pad_s: float) -> tuple[Pcm, NDArray[np.float64]]:
    """A voice, then an "s" that dies away; with how loud it is meant to be at each frame, behind the pad."""
    chance = np.random.default_rng(0)
    at = np.arange(round(1.5 * RATE_HZ)) / RATE_HZ
    fade = 0.15 * 10 ** (-decay_db_s * at / 20)
    hiss = np.clip(chance.normal(0, 0.4, at.size), -1, 1) * fade
    pad = np.zeros(round(pad_s * RATE_HZ))
    wave = np.concatenate([pad, np.sin(2 * np.pi * 200 * at[:RATE_HZ]), hiss, pad]) * peak
    return np.rint(wave + chance.normal(0, 1, wave.size) * noise).astype(np.int16), fade


@pytest.mark.parametrize("decay_db_s", [60, 120, 300, 800])
@pytest.mark.parametrize(("peak", "noise"), [(9_000, 0), (400, 0), (30_000, 0), (9_000, 12), (30_000, 60)])
@pytest.mark.parametrize("pad_s", [0.0, 0.3])
def test_a_sound_that_dies_away_is_not_cut(decay_db_s: float, peak: float, noise: float, pad_s: float) -> None:
    wave, fade = dying(decay_db_s, peak, noise, pad_s)
    cut = trimmed(wave, RATE_HZ)
    kept = cut.size - RATE_HZ - round(min(pad_s, 0.01) * RATE_HZ)
    # What is left out would be 46 dB below the voice, or below the noise behind it.
    assert kept >= min(fade.size, int(np.argmax(np.append(fade, 0.0) < max(0.005, 3 * noise / peak))))


@pytest.mark.parametrize("heard_s", [0.1, 0.2, 0.3])
def test_a_sound_that_an_engine_cut_while_it_died_away_is_not_taken_for_noise(heard_s: float) -> None:
    whole, _ = dying(120, 9_000, 0, 0.0)
    wave = whole[: round((1.0 + heard_s) * RATE_HZ)]
    assert trimmed(wave, RATE_HZ).size == wave.size


@pytest.mark.parametrize("noise", [0, 5, 15])
def test_paddings_full_of_noise_are_paddings(noise: float) -> None:
    wave, _ = dying(800, 9_000, noise, 0.4)
    assert trimmed(wave, RATE_HZ).size < (1.0 + 0.2) * RATE_HZ


def test_a_quiet_voice_is_not_silence() -> None:
    quiet = padded(tone(0.5, amplitude=60), 5_000, 5_000)
    assert trimmed(quiet, RATE_HZ).size == pytest.approx(0.57 * RATE_HZ, abs=30)
    assert trimmed(padded(tone(0.5, amplitude=30), 5_000, 5_000), RATE_HZ).size == 0


def test_a_sentence_begins_after_its_breath() -> None:
    breath = tone(0.2, amplitude=60)
    wave = np.concatenate([breath, tone(1.0)])
    assert onset(wave) == pytest.approx(0.19 * RATE_HZ, abs=20)
    assert onset(tone(1.0)) == 0


@pytest.mark.parametrize("before", range(0, 120, 20))
def test_where_a_sentence_begins_hangs_on_no_grid(before: int) -> None:
    breath, burst = np.full(4_800, 170, np.int16), np.full(120, 20_000, np.int16)  # 41.4 dB apart
    assert onset(padded(np.concatenate([breath, burst]), before, 500)) == pytest.approx(before + 4_800 - 240, abs=1)


def test_silence_is_nothing() -> None:
    assert finished(silence(1.0), RATE_HZ, 6.0).size == 0


@pytest.mark.parametrize("hz", [100.0, 1_000.0, 9_000.0])
def test_another_rate_keeps_pitch_loudness_and_length(hz: float) -> None:
    wave = resampled(tone(1.0, 22_050, hz).astype(np.float32), 22_050, RATE_HZ)
    assert wave.size == RATE_HZ
    wanted = tone(1.0, RATE_HZ, hz).astype(np.float32)
    inner = slice(500, -500)
    assert np.abs(wave - wanted)[inner].max() < 100


def test_gain_is_in_decibels_and_never_clips() -> None:
    soft, loud = tone(0.5, amplitude=8_000), tone(0.5, amplitude=30_000)
    assert np.abs(finished(soft, RATE_HZ, 6.0)).max() == pytest.approx(15_962, rel=0.01)
    assert np.abs(finished(loud, RATE_HZ, 6.0)).max() <= 30_934


def test_joints_do_not_click() -> None:
    cosine = np.roll(tone(0.5, amplitude=20_000), 13)
    ends = finished(cosine, RATE_HZ, 0.0)
    assert abs(int(ends[0])) < 200
    assert abs(int(ends[-1])) < 200


@pytest.mark.parametrize("form", [Format.WAV, Format.FLAC, Format.MP3])
@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_a_file_written_in_pieces_is_exact_in_length_and_place(form: Format, pieces: int, tmp_path: Path) -> None:
    wave = np.concatenate([silence(0.5), tone(1.234), silence(0.3), tone(0.7, hz=880.0)])
    with sound_file(tmp_path / "a", form) as file:
        for part in np.array_split(wave, pieces):
            file.write(part)
    decoded, rate_hz = soundfile.read(tmp_path / "a", dtype="int16")
    assert rate_hz == RATE_HZ
    assert decoded.shape == wave.shape
    assert abs(first_loud(decoded) - first_loud(wave)) < RATE_HZ * 0.005
    # A lossy encoder changes samples, but not by much, and not at one place more than at another.
    difference = np.abs(decoded.astype(int) - wave.astype(int))
    assert difference.max() <= (0 if form is not Format.MP3 else 2_500)


def test_an_mp3_tells_its_length_to_players_that_do_not_decode_it(tmp_path: Path) -> None:
    with sound_file(tmp_path / "a.mp3", Format.MP3) as file:
        file.write(tone(3.0))
    raw = (tmp_path / "a.mp3").read_bytes()
    assert raw[13:17] == b"Info"
    frames = int.from_bytes(raw[21:25], "big")
    assert len(raw) == (frames + 1) * 192
    assert int.from_bytes(raw[25:29], "big") == len(raw)
    delay, padding = int.from_bytes(raw[154:157], "big") >> 12, int.from_bytes(raw[154:157], "big") & 0xFFF
    assert frames * 576 - delay - padding == 3 * RATE_HZ


def test_a_kept_sentence_comes_back_bit_by_bit(tmp_path: Path) -> None:
    keep(tone(0.3), tmp_path / "kept")
    wave = kept(tmp_path / "kept")
    assert wave is not None
    assert np.array_equal(wave, tone(0.3))


def test_an_empty_sentence_can_be_kept(tmp_path: Path) -> None:
    keep(silence(0.0), tmp_path / "kept")
    wave = kept(tmp_path / "kept")
    assert wave is not None
    assert wave.size == 0


@pytest.mark.parametrize("raw", [b"", b"fLaC and no more"])
def test_a_damaged_sentence_is_not_taken_for_silence(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(raw)
    assert kept(tmp_path / "kept") is None


@pytest.mark.parametrize("volume_db", [-20.0, -3.0, 0.0, 3.0])
def test_volume_is_in_decibels_where_there_is_room(volume_db: float) -> None:
    out = louder(tone(1.0), volume_db)
    assert np.abs(out).max() == pytest.approx(8_000 * 10 ** (volume_db / 20), rel=0.01)


def test_what_has_no_room_is_turned_down_and_not_bent() -> None:
    quiet, loud = tone(1.0, amplitude=3_000), tone(0.5, amplitude=20_000)
    out = louder(np.concatenate([quiet, loud, quiet]), 12.0)
    assert np.abs(out.astype(int)).max() <= 30_934
    # Far from the peak all of the gain is there; at it, a tone stays a tone.
    assert np.abs(out[5_000:20_000]).max() == pytest.approx(3_000 * 3.98, rel=0.01)
    steady = out[RATE_HZ + 2_000 : RATE_HZ + 10_000].astype(float)
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(steady.size)))
    hz = np.fft.rfftfreq(steady.size, 1 / RATE_HZ)
    assert spectrum[np.abs(hz - 440) > 30].max() < spectrum.max() / 1_000
    # Nor does it click where the gain changes: what is no tone there, is nearly nothing.
    residual = out[2:] - 2 * np.cos(2 * np.pi * 440 / RATE_HZ) * out[1:-1] + out[:-2]
    for edge in (0, RATE_HZ, RATE_HZ * 3 // 2, out.size):
        residual[max(0, edge - 200) : edge + 200] = 0
    assert np.abs(residual).max() < 30


def test_a_sentence_with_one_loud_word_stays_as_loud_as_its_voice() -> None:
    spoken = np.concatenate([tone(1.0, amplitude=6_000), tone(0.05, amplitude=28_000), tone(1.0, amplitude=6_000)])
    out = finished(spoken, RATE_HZ, 8.0)
    assert np.abs(out[5_000:15_000]).max() == pytest.approx(6_000 * 10 ** (8 / 20), rel=0.02)
    assert np.abs(out.astype(int)).max() <= 30_934
