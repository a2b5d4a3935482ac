import errno
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from tests.media.voices import ears
from tests.media.voices.ears import heard, level_db

from mediamill import InvalidInput, PermanentError
from mediamill.media.voices.files.encode import SoundFile, keep, kept, sound_file
from mediamill.media.voices.files.formats import Format, check_rate
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, silence

LOSSLESS = (Format.WAV, Format.FLAC, Format.PCM)
STREAMED = [form for form in Format if form.streams]
EVERY = [(form, rate_hz) for form in Format for rate_hz in form.rates_hz]
#: Silence, a voice's pitch, a pause, another pitch up to the very last frame.
ONSETS_S = (0.5, 1.9)
LENGTH_S = 3.3217


def tone(seconds: float, hz: float, amplitude: float = 9_000) -> Pcm:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def speech_like() -> Pcm:
    wave = np.concatenate([silence(0.5), tone(0.9, 330.0), silence(0.5), tone(LENGTH_S - 1.9, 550.0)])
    assert wave.size == round(LENGTH_S * RATE_HZ)
    return wave


def write(path: Path, form: Format, rate_hz: int, pieces: int = 9) -> SoundFile:
    with sound_file(path, form, rate_hz=rate_hz) as file:
        for piece in np.array_split(speech_like(), pieces):
            file.write(piece)
    return file


def slack_s(form: Format, rate_hz: int) -> float:
    """How much longer than the sound a player may find the file: AAC has no part of a packet."""
    return 1_024 / rate_hz if form in (Format.AAC, Format.M4B) else 0.0


@pytest.mark.parametrize(("form", "rate_hz"), EVERY)
def test_every_format_has_its_length_its_onsets_and_its_tail_at_every_rate(
    form: Format, rate_hz: int, tmp_path: Path
) -> None:
    file = write(tmp_path / "a", form, rate_hz)
    out = heard(tmp_path / "a", form, rate_hz)
    assert out.rate_hz == (48_000 if form is Format.OPUS else rate_hz)
    late_s = file.delay_frames / RATE_HZ
    assert -0.001 < out.seconds - LENGTH_S - late_s < 0.001 + slack_s(form, rate_hz)
    given = ears.of(speech_like())
    for onset_s in ONSETS_S:
        shift_s = out.first_above(0.06, onset_s + late_s - 0.2) - given.first_above(0.06, onset_s - 0.2)
        assert shift_s == pytest.approx(late_s, abs=0.002)
    # The last tenth of a second is there, all of it, and as loud as it was.
    end_s = LENGTH_S + late_s
    for begin_s in (end_s - 0.1, end_s - 0.02):
        assert level_db(out.between(begin_s, end_s)) == pytest.approx(level_db(given.wave[-1_000:]), abs=1.0)


@pytest.mark.parametrize(("form", "rate_hz"), EVERY)
def test_joints_are_not_heard(form: Format, rate_hz: int, tmp_path: Path) -> None:
    steady = tone(2.0, 440.0)
    with sound_file(tmp_path / "a", form, rate_hz=rate_hz) as file:
        for piece in np.array_split(steady, 37):
            file.write(piece)
    out = heard(tmp_path / "a", form, rate_hz)
    # A tone is the sum of its neighbours, by one factor; what is not is a click.
    inner = out.between(0.3, 1.9)
    turn = 2 * np.cos(2 * np.pi * 440.0 / out.rate_hz)
    residual = inner[2:] - turn * inner[1:-1] + inner[:-2]
    assert np.abs(residual).max() < (0.001 if form in LOSSLESS else 0.02)


@pytest.mark.parametrize("form", LOSSLESS)
def test_lossless_formats_lose_nothing(form: Format, tmp_path: Path) -> None:
    write(tmp_path / "a", form, RATE_HZ)
    assert np.array_equal(heard(tmp_path / "a", form).wave * 2**15, speech_like())


@pytest.mark.parametrize("form", list(Format))
def test_the_same_sound_gives_the_same_file(form: Format, tmp_path: Path) -> None:
    write(tmp_path / "a", form, 16_000)
    write(tmp_path / "b", form, 16_000)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(("form", "rate_hz"), [pair for pair in EVERY if pair[0].streams])
def test_slices_taken_while_it_grows_are_the_file_and_play_from_a_stream(
    form: Format, rate_hz: int, tmp_path: Path
) -> None:
    path, sent, midway = tmp_path / "a", b"", b""
    with sound_file(path, form, rate_hz=rate_hz) as file:
        for n, piece in enumerate(np.array_split(speech_like(), 9)):
            file.write(piece)
            assert path.stat().st_size >= file.settled
            sent += path.read_bytes()[len(sent) : file.settled]
            midway = sent if n == 5 else midway
    final = path.read_bytes()
    assert file.settled == len(final)
    sent += final[len(sent) :]
    assert sent[file.head_bytes :] == final[file.head_bytes :]
    assert len(sent) == len(final)

    out, whole = heard(sent, form, rate_hz), heard(path, form, rate_hz)
    # A stream does not know where an MP3 ends within its last frames.
    slack = 0.075 if form is Format.MP3 else 0.0
    assert 0 <= out.seconds - whole.seconds <= slack
    assert np.abs(out.wave[: whole.wave.size] - whole.wave).max() < 1e-6
    # What was sent when two thirds were written is most of that.
    assert heard(midway, form, rate_hz).seconds > LENGTH_S * 6 / 9 - 0.45


@pytest.mark.parametrize("form", [Format.WAV, Format.MP3, Format.FLAC, Format.OPUS, Format.M4B])
def test_a_player_knows_the_length_without_decoding(form: Format, tmp_path: Path) -> None:
    write(tmp_path / "a", form, 16_000)
    with av.open(str(tmp_path / "a")) as container:
        assert (container.duration or 0) / 1_000_000 == pytest.approx(
            LENGTH_S, abs=0.04 if form is Format.MP3 else 0.01
        )


@pytest.mark.parametrize("rate_hz", [8_000, 24_000, 48_000])
def test_a_small_mp3_has_half_the_bytes_and_the_same_sound(rate_hz: int, tmp_path: Path) -> None:
    with sound_file(tmp_path / "a", Format.MP3, rate_hz=rate_hz, small=True) as file:
        file.write(speech_like())
    assert (tmp_path / "a").stat().st_size == pytest.approx(LENGTH_S * 32_000 / 8, abs=1_500)
    assert file.settled == (tmp_path / "a").stat().st_size
    out = heard(tmp_path / "a", Format.MP3, rate_hz)
    assert out.seconds == pytest.approx(LENGTH_S, abs=0.001)
    assert level_db(out.wave) == pytest.approx(level_db(speech_like() / 2**15), abs=1.0)


def test_a_wav_has_no_length_while_it_grows_and_the_right_one_at_the_end(tmp_path: Path) -> None:
    with sound_file(tmp_path / "a", Format.WAV) as file:
        file.write(tone(1.0, 440.0))
        head = (tmp_path / "a").read_bytes()[:44]
        assert head[4:8] == head[40:44] == b"\xff" * 4
    head = (tmp_path / "a").read_bytes()[:44]
    assert int.from_bytes(head[40:44], "little") == 2 * RATE_HZ
    assert int.from_bytes(head[4:8], "little") == 2 * RATE_HZ + 36


def test_more_than_a_wav_can_count_is_refused_before_it_is_written(tmp_path: Path) -> None:
    assert Format.WAV.longest_s(RATE_HZ) == pytest.approx(24.85 * 3_600, rel=0.001)
    assert Format.FLAC.longest_s(RATE_HZ) is None
    a_day: Pcm = np.broadcast_to(np.int16(0), 25 * 3_600 * RATE_HZ)
    with sound_file(tmp_path / "a", Format.WAV) as file:
        file.write(tone(0.1, 440.0))
        with pytest.raises(PermanentError, match=r"24\.9 hours at 24,000 Hz: choose flac") as refused:
            file.write(a_day)
    assert refused.value.code == "SOUND_TOO_LONG"
    assert heard(tmp_path / "a", Format.WAV).seconds == pytest.approx(0.1)


@pytest.mark.parametrize("form", list(Format))
def test_what_was_written_before_an_error_can_be_played(form: Format, tmp_path: Path) -> None:
    def halted() -> None:
        with sound_file(tmp_path / "a", form) as file:
            file.write(tone(1.0, 440.0))
            raise TimeoutError

    with pytest.raises(TimeoutError):
        halted()
    assert heard(tmp_path / "a", form).seconds == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("form", list(Format))
def test_a_full_disk_is_told_as_one(form: Format) -> None:
    with (
        pytest.raises(OSError, match="No space left") as full,
        sound_file(Path("/dev/full"), form) as file,
    ):
        file.write(speech_like())
    assert full.value.errno == errno.ENOSPC


@pytest.mark.parametrize("form", list(Format))
def test_a_file_without_sound_can_be_closed(form: Format, tmp_path: Path) -> None:
    with sound_file(tmp_path / "a", form, rate_hz=48_000) as file:
        file.write(silence(0.0))
    assert file.settled == (tmp_path / "a").stat().st_size


@pytest.mark.parametrize(("form", "rate_hz"), [(Format.OPUS, 44_100), (Format.MP3, 96_000), (Format.WAV, 0)])
def test_a_rate_that_a_format_does_not_have_is_refused(form: Format, rate_hz: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=f"{form} has no sample rate of {rate_hz:,} Hz; there are 8,000, ") as bad:
        check_rate(form, rate_hz)
    assert bad.value.field == "sample_rate"
    with pytest.raises(InvalidInput), sound_file(tmp_path / "a", form, rate_hz=rate_hz):
        pass
    assert not (tmp_path / "a").exists()


def test_tags_are_kept_where_a_format_has_a_place_for_them(tmp_path: Path) -> None:
    for form in (Format.FLAC, Format.OPUS, Format.M4B):
        with sound_file(tmp_path / "a", form, title="Truyện Kiều", author="Nguyễn Du") as file:
            file.write(tone(0.2, 440.0))
        with av.open(str(tmp_path / "a")) as container:
            tags = {**container.metadata, **container.streams.audio[0].metadata}
        assert {name.lower(): text for name, text in tags.items()}.items() >= {
            ("title", "Truyện Kiều"),
            ("artist", "Nguyễn Du"),
        }


def test_a_kept_sentence_is_read_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    wave = np.arange(-500, 500, dtype=np.int16)
    path = tmp_path / "kept"
    keep(wave, path)
    assert np.array_equal(kept(path), wave)  # type: ignore[arg-type]
    whole = path.read_bytes()
    for size in (0, 20, 44, len(whole) - 2):
        path.write_bytes(whole[:size])
        assert kept(path) is None, size


def test_a_sentence_that_was_kept_as_flac_is_read(tmp_path: Path) -> None:
    wave = np.arange(-500, 500, dtype=np.int16)
    soundfile.write(tmp_path / "kept", wave, RATE_HZ, format="FLAC", subtype="PCM_16")
    assert np.array_equal(kept(tmp_path / "kept"), wave)  # type: ignore[arg-type]
