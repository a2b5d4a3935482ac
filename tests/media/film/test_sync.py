from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.reels import SMALL, VOICE_HZ, Reel

from mediamill.media.film.look import Look
from mediamill.media.film.soundtrack import Music

SCENES = 40
FRAME_MS = 40.0
#: Between flash and beep: a scene begins in silence, as narrations do.
LEAD_MS = 100.0
#: Half a packet of AAC, and of Opus, and what is lost in seeing and hearing.
HALF_AAC_MS, HALF_OPUS_MS, EXACT_MS = 10.7 + 0.1, 10.0 + 0.5, 0.1


def odd_scenes() -> Sequence[NDArray[np.float64]]:
    """Return beeps, each of a length that is no whole number of frames."""
    random = np.random.default_rng(1)
    lead = np.zeros(round(LEAD_MS * VOICE_HZ / 1_000))
    return [
        np.concatenate([lead, reels.beeping(int(random.integers(VOICE_HZ, 2 * VOICE_HZ)) | 1)]) for _ in range(SCENES)
    ]


def late_ms(path: Path) -> list[float]:
    """Return how much too late each beep is."""
    return [apart - LEAD_MS for apart in reels.apart_ms(path)]


@pytest.mark.parametrize(
    ("look", "most_ms"),
    [
        (SMALL, HALF_AAC_MS),
        (replace(SMALL, constant_rate=True), HALF_AAC_MS),
        (replace(SMALL, fps=30), HALF_AAC_MS),
        # Two packets for a frame.
        (reels.in_webm(), EXACT_MS),
        (reels.in_webm(replace(SMALL, fps=30, constant_rate=True)), HALF_OPUS_MS),
    ],
    ids=["mp4", "mp4-constant", "mp4-30", "webm", "webm-30-constant"],
)
def test_every_beep_is_heard_when_its_flash_is_seen(tmp_path: Path, look: Look, most_ms: float) -> None:
    path = reels.film(tmp_path, reels.reel(tmp_path, odd_scenes(), look))
    apart = late_ms(path)
    assert len(apart) == SCENES
    assert max(map(abs, apart)) < most_ms < FRAME_MS
    # To both sides: it does not add up.
    assert abs(sum(apart) / SCENES) < 2.5


def test_a_film_with_music_is_one_sound_and_exact(tmp_path: Path) -> None:
    music = Music(reels.write_wav(tmp_path / "music", reels.tone(200, 2)), -20, -10)
    apart = late_ms(reels.film(tmp_path, reels.reel(tmp_path, odd_scenes()), music=music))
    assert len(apart) == SCENES
    assert max(map(abs, apart)) < 1.0


def test_scenes_that_are_encoded_one_by_one_drift(tmp_path: Path) -> None:
    # The way that looks obvious; here to show that the test above would notice.
    path = naive(tmp_path, reels.reel(tmp_path, odd_scenes()))
    apart = late_ms(path)
    assert abs(apart[0]) < 2 * FRAME_MS  # the silence that the encoder puts in front
    assert apart[-1] > 10 * FRAME_MS


def naive(folder: Path, made: Reel) -> Path:
    """Encode each scene's sound by itself, and lay packets behind packets."""
    to = folder / "naive.mp4"
    with av.open(str(to), "w") as file, av.open(str(made.segments[0])) as first:
        pictures = file.add_stream_from_template(first.streams.video[0])
        sounds = file.add_stream("aac", rate=VOICE_HZ, layout="mono")
        file.start_encoding()
        seen = heard = 0
        for part, segment in zip(made.parts, made.segments, strict=True):
            with av.open(str(segment)) as source:
                for packet in source.demux(source.streams.video[0]):
                    if packet.pts is not None:
                        packet.pts = packet.dts = packet.pts + round(seen / made.look.fps / packet.time_base)
                        packet.stream = pictures
                        file.mux(packet)
            seen += part.frames
            for payload in encoded(part.sound):
                sound = av.Packet(payload)
                sound.stream, sound.time_base = sounds, Fraction(1, VOICE_HZ)
                sound.pts = sound.dts = heard
                sound.duration = 1_024
                heard += 1_024
                file.mux(sound)
    return to


def encoded(path: Path) -> Sequence[bytes]:
    """Return the packets of one scene."""
    codec = av.CodecContext.create("aac", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = VOICE_HZ, "mono", "fltp"
    sound = reels.read_wav(path)[:, 0].astype(np.float32)
    frame = av.AudioFrame.from_ndarray(sound[None, :], format="fltp", layout="mono")
    frame.sample_rate = VOICE_HZ
    return [bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None))]
