"""What another server sent: decoded whatever it is, and not believed when it cannot be speech of the text."""

import io
import struct
import wave as wave_file
from pathlib import Path

import numpy as np
import pytest
from tests.media.voices.speakers import CONTAINERS, RATE_HZ, packed, spoken

from mediamill.media.voices.engines.received import Unbelievable, longest, shortest, speech_of
from mediamill.media.voices.sounds.sound import Pcm, trimmed

TEXT = "The post was late again."


def heard(raw: bytes, media_type: str = "audio/mpeg", text: str = TEXT) -> Pcm:
    return speech_of(raw, media_type, 24_000, text, 1.0)


def wav(samples: bytes, told: int | None = None) -> bytes:
    """A WAV file whose head tells a length of its own, as a server writes that begins before it knows."""
    length = len(samples) if told is None else told
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", min(length + 36, 2**32 - 1), b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ,
                       RATE_HZ * 2, 2, 16, b"data", length)  # fmt: skip
    return head + samples


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_container_is_decoded_whatever_it_is_called(container: str, layout: str) -> None:
    said = spoken(TEXT)
    wave = heard(packed(said, container, layout=layout))
    assert wave.dtype == np.int16
    assert wave.ndim == 1
    assert trimmed(wave, 24_000).size / 24_000 == pytest.approx(trimmed(said, RATE_HZ).size / RATE_HZ, abs=0.06)
    # The level stays within 4 dB, however many channels it came in; `sound.finished` measures it.
    assert np.abs(wave.astype(int)).max() == pytest.approx(np.abs(said.astype(int)).max(), rel=0.37)


@pytest.mark.parametrize("told", [None, 0, 2**32 - 1, 2**31 - 1])
def test_a_wav_that_was_begun_before_its_length_was_known_is_whole(told: int | None) -> None:
    said = spoken(TEXT)
    assert heard(wav(said.tobytes(), told)).size / 24_000 == pytest.approx(said.size / RATE_HZ, abs=0.01)


@pytest.mark.parametrize(("media_type", "rate_hz"), [("audio/pcm", 24_000), ("audio/L16;rate=22050", 22_050)])
def test_raw_samples_are_what_their_sender_calls_them(media_type: str, rate_hz: int) -> None:
    said = spoken(TEXT)
    assert heard(said.tobytes(), media_type).size / 24_000 == pytest.approx(said.size / rate_hz, abs=0.01)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"OK",
        b"<!doctype html><title>Sign in</title>",
        b'{"error": {"message": "no"}}',
        b"\0" * 5_000,
        b"ID3\x04\0\0\0\0\0\0nothing more",
        b"fLaC" + b"\0" * 100,
        b"RIFF\0\0\0\0WAVE",
        packed(spoken(TEXT), "mp4")[:200],
    ],
    ids=range(9),
)
def test_what_is_no_sound_is_not_believed(raw: bytes) -> None:
    with pytest.raises(Unbelievable):
        heard(raw)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
    ],
)
def test_a_playlist_opens_no_file_of_this_machine(playlist: str, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(wav(spoken(TEXT).tobytes()))
    with pytest.raises(Unbelievable, match="it is no sound"):
        heard(playlist.format(tmp_path / "secret.wav").encode())


def test_silence_is_no_speech() -> None:
    with pytest.raises(Unbelievable, match="nothing can be heard"):
        heard(packed(np.zeros(RATE_HZ, np.int16), "wav"))


def test_too_little_and_too_much_sound_for_a_text_is_no_speech_of_it() -> None:
    with pytest.raises(Unbelievable, match=r"0\.\d s of sound is too little for 1500 characters"):
        heard(packed(spoken("No."), "wav"), text="word " * 300)
    with pytest.raises(Unbelievable, match="more than 7 s of sound is too much"):
        heard(packed(spoken("And so it went on. " * 8), "wav"), text="Yes.")


def test_hours_of_silence_in_a_small_file_are_not_unpacked() -> None:
    hour = packed(np.zeros(3_600 * RATE_HZ, np.int16), "flac")
    assert len(hour) < 2**20
    with pytest.raises(Unbelievable, match="too much"):
        heard(hour)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "The post was late again, and nobody knew why it was.",
        "1234567890 9876543210",
        "A B C D E F G",
        "Hôm nay thư đến muộn.",
        "HTML, CSS & SQL: 100 % + 50 €",
    ],
)
def test_what_espeak_says_at_any_pace_is_believed(text: str, speed: float) -> None:
    said_s = trimmed(spoken(text, speed), RATE_HZ).size / RATE_HZ
    assert shortest(text, speed) * 1.3 < said_s < longest(text, speed) / 1.3


def test_a_sound_file_of_pythons_own_is_read() -> None:
    target = io.BytesIO()
    with wave_file.open(target, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes((spoken(TEXT)[::3].astype(int) // 256 + 128).astype(np.uint8).repeat(2).tobytes())
    assert heard(target.getvalue()).size > 10_000
