import io
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ, VOICE_HZ

from mediamill.core.errors import PermanentError
from mediamill.media.film import tune
from mediamill.media.film.look import Look
from mediamill.media.film.tune import Loop, Tune


def decoded(path: Path, seconds: float = 60) -> Tune:
    """Decode into memory, for a film so long."""
    return tune.decoded(path, io.BytesIO(), round(seconds * RATE_HZ))


def samples(found: Tune) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Return what was decoded, shape (frames, 2)."""
    found.samples.seek(0)
    return np.frombuffer(found.samples.read(), np.int16).reshape(-1, 2)


def encoded(path: Path, codec: str, *, rate_hz: int = 44_100, layout: str = "stereo", seconds: float = 3) -> Path:
    """Write a tone of 440 Hz in a container named by the path."""
    channels = av.AudioLayout(layout).nb_channels
    wave = np.repeat(reels.tone(440, seconds, rate_hz)[None, :], channels, axis=0)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, av.AudioStream)
        for begin in range(0, wave.shape[1], 4_096):
            piece = np.ascontiguousarray(wave[:, begin : begin + 4_096], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate_hz, begin
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "layout"),
    [
        ("a.mp3", "libmp3lame", 44_100, "stereo"),
        ("a.m4a", "aac", 44_100, "stereo"),
        ("a.ogg", "libopus", 48_000, "mono"),
        ("a.flac", "flac", 96_000, "stereo"),
        ("a.wav", "pcm_s24le", 8_000, "mono"),
        ("a.mka", "aac", 48_000, "5.1"),
        ("a.aiff", "pcm_s16be", 22_050, "stereo"),
        ("a.ts", "mp2", 48_000, "stereo"),
    ],
)
def test_what_sounds_can_be_music(tmp_path: Path, name: str, codec: str, rate_hz: int, layout: str) -> None:
    found = decoded(encoded(tmp_path / name, codec, rate_hz=rate_hz, layout=layout))
    assert found.frames == pytest.approx(3 * RATE_HZ, abs=0.06 * RATE_HZ)
    spectrum = np.abs(np.fft.rfft(samples(found)[RATE_HZ : 2 * RATE_HZ], axis=0))
    assert [int(each.argmax()) for each in spectrum.T] == [440, 440]
    assert found.loudness is not None


@pytest.mark.parametrize("look", [reels.SMALL, reels.in_webm()], ids=["mp4", "webm"])
def test_the_sound_of_a_video_can_be_music(tmp_path: Path, look: Look) -> None:
    film = reels.film(tmp_path, reels.reel(tmp_path, [reels.beeping(2 * VOICE_HZ)], look))
    assert decoded(film).frames == pytest.approx(2 * RATE_HZ, abs=1_024)


def test_no_more_is_decoded_than_the_film_needs(tmp_path: Path) -> None:
    assert decoded(encoded(tmp_path / "a.mp3", "libmp3lame", seconds=20), seconds=1.5).frames == 1.5 * RATE_HZ


def test_a_film_that_is_shorter_than_any_music_has_some(tmp_path: Path) -> None:
    assert decoded(encoded(tmp_path / "a.mp3", "libmp3lame"), seconds=0.2).frames == 0.2 * RATE_HZ


def test_silent_music_has_no_loudness(tmp_path: Path) -> None:
    silent = reels.write_wav(tmp_path / "a.wav", np.zeros((2 * RATE_HZ, 2)), RATE_HZ)
    assert decoded(silent).loudness is None


# ---- what somebody else sends


def refusal(path: Path) -> str:
    """Return what a client is told."""
    with pytest.raises(PermanentError) as refused:
        decoded(path)
    assert refused.value.code == "MUSIC_UNREADABLE"
    assert str(path.parent) not in refused.value.message
    return refused.value.message


def silent_film(folder: Path) -> Path:
    return reels.flashing(folder / "silent.mp4", 25)


def playlist(folder: Path) -> Path:
    """Name a real sound beside it: nobody's file may be heard through somebody else's."""
    reels.write_wav(folder / "secret.wav", reels.tone(440, 3))
    path = folder / "music.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{folder / 'secret.wav'}\n#EXT-X-ENDLIST\n")
    return path


def script_of_files(folder: Path) -> Path:
    reels.write_wav(folder / "secret.wav", reels.tone(440, 3))
    path = folder / "music.ffconcat"
    path.write_text("ffconcat version 1.0\nfile secret.wav\n")
    return path


def text(folder: Path) -> Path:
    path = folder / "music.mp3"
    path.write_text("This is not music.\n" * 200)
    return path


def empty(folder: Path) -> Path:
    path = folder / "music.mp3"
    path.touch()
    return path


def noise(folder: Path) -> Path:
    path = folder / "music.mp3"
    path.write_bytes(np.random.default_rng(1).bytes(100_000))
    return path


def junk(folder: Path) -> Path:
    """Return noise that FFmpeg takes for an MP3."""
    path = folder / "music.mp3"
    path.write_bytes(np.random.default_rng(0).bytes(100_000))
    return path


def heading(folder: Path) -> Path:
    """Return a WAV without sound."""
    return reels.write_wav(folder / "music.wav", np.zeros(0), RATE_HZ)


def headless(folder: Path) -> Path:
    """Cut the index off an MP4."""
    path = encoded(folder / "music.m4a", "aac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def blink(folder: Path) -> Path:
    return encoded(folder / "music.wav", "pcm_s16le", seconds=0.3)


@pytest.mark.parametrize(
    ("send", "words"),
    [
        (silent_film, "no sound in it"),
        (playlist, "neither a sound nor a video"),
        (script_of_files, "neither a sound nor a video"),
        (text, "neither a sound nor a video"),
        (empty, "neither a sound nor a video"),
        (noise, "the music"),
        (junk, "empty, or nothing of it can be decoded; 1 s are needed"),
        (heading, "empty, or nothing of it can be decoded; 1 s are needed"),
        (headless, "neither a sound nor a video"),
        (blink, "0.30 s long; 1 s are needed"),
    ],
)
def test_what_is_no_music_is_refused_in_plain_words(tmp_path: Path, send: Callable[[Path], Path], words: str) -> None:
    assert words in refusal(send(tmp_path))


def test_a_wav_that_claims_to_be_endless_is_as_long_as_it_is(tmp_path: Path) -> None:
    path = reels.write_wav(tmp_path / "a.wav", reels.tone(440, 3, RATE_HZ), RATE_HZ)
    whole = bytearray(path.read_bytes())
    whole[4:8] = whole[40:44] = struct.pack("<I", 0xFFFF_FFF0)
    path.write_bytes(whole)
    assert decoded(path).frames == 3 * RATE_HZ


@pytest.mark.parametrize(
    ("rate_hz", "words"),
    [
        (1, "it says it has 1 samples a second; 1,000 to 768,000 can be heard"),
        (2_000_000_000, "it says it has 2,000,000,000 samples a second"),
        (2**31 - 1, "it says it has 2,147,483,647 samples a second"),
        (2**31, "broken at its beginning"),
    ],
)
def test_a_wav_of_a_strange_rate_is_told_so(tmp_path: Path, rate_hz: int, words: str) -> None:
    path = reels.write_wav(tmp_path / "a.wav", reels.tone(440, 3, RATE_HZ), RATE_HZ)
    whole = bytearray(path.read_bytes())
    whole[24:28] = struct.pack("<I", rate_hz)
    path.write_bytes(whole)
    assert words in refusal(path)


def test_a_damaged_place_is_left_out(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame", seconds=10)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 3_000] = np.random.default_rng(1).bytes(3_000)
    path.write_bytes(whole)
    assert decoded(path).frames > 8 * RATE_HZ


def test_a_torn_file_is_heard_up_to_where_it_ends(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame", seconds=10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 4 * RATE_HZ < decoded(path).frames < 6 * RATE_HZ


def test_two_sounds_in_one_file_are_both_heard(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame", rate_hz=44_100)
    other = encoded(tmp_path / "b.mp3", "libmp3lame", rate_hz=32_000, layout="mono")
    path.write_bytes(path.read_bytes() + other.read_bytes())
    assert decoded(path).frames == pytest.approx(6 * RATE_HZ, abs=0.1 * RATE_HZ)


def test_a_codec_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mka", "aac")
    path.write_bytes(path.read_bytes().replace(b"A_AAC", b"A_XYZ"))
    assert "the music" in refusal(path)


def test_a_file_of_very_many_streams_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as file:
        streams = [file.add_stream("pcm_s16le", rate=8_000, layout="mono") for _ in range(70)]
        for stream in streams:
            assert isinstance(stream, av.AudioStream)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8_000
            file.mux(stream.encode(frame))
    assert "70 streams; 64 are the limit" in refusal(path)


# ---- again and again


def counting(frames: int) -> Tune:
    """Return a tune whose samples are their own numbers."""
    numbers = np.repeat(np.arange(frames, dtype=np.int16)[:, None], 2, axis=1)
    return Tune(io.BytesIO(numbers.tobytes()), frames, None)


def test_a_tune_as_long_as_the_film_is_heard_as_it_is() -> None:
    loop = Loop(counting(1_000), 1_000)
    heard = np.concatenate([loop.read(0, 300), loop.read(300, 700)])
    assert np.array_equal(np.rint(heard[:, 0] * 32_768), np.arange(1_000))


def test_how_much_is_asked_for_at_once_changes_nothing() -> None:
    whole = Loop(counting(1_000), 5_000).read(0, 5_000)
    loop = Loop(counting(1_000), 5_000)
    assert np.array_equal(whole, np.concatenate([loop.read(at, 1) for at in range(5_000)]))


def test_a_tune_begins_again_before_it_is_over() -> None:
    heard = Loop(counting(1_000), 2_000).read(0, 2_000)[:, 0] * 32_768
    # A quarter of it is heard together with its beginning: cos and sin, whose squares are one.
    assert np.array_equal(np.rint(heard[:750]), np.arange(750))
    angle = (np.arange(250) + 0.5) * np.pi / 2 / 250
    expected = np.arange(750, 1_000) * np.cos(angle) + np.arange(250) * np.sin(angle)
    assert np.allclose(heard[750:1_000], expected, atol=0.01)
    assert np.array_equal(np.rint(heard[1_000:1_500]), np.arange(250, 750))
