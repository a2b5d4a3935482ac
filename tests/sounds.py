"""Real sounds, made once per process: a tone in each container that downloads come in."""

import io
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

RATE_HZ: Final = 48_000
SECONDS: Final = 4.0
#: What the tags of each file say.
TAGS: Final = {"title": "Tiếng gió", "artist": "Site of tests", "album": "Loopback", "track": "3", "date": "2026-01-02"}
#: Size of a picture's side.
_SIDE_PX: Final = 64

#: File name -> container, codec, media type.
_KINDS: Final = {
    "tone.mp3": ("mp3", "libmp3lame", "audio/mpeg"),
    "tone.m4a": ("ipod", "aac", "audio/mp4"),
    "tone.webm": ("webm", "libopus", "audio/webm"),
    "tone.opus": ("ogg", "libopus", "audio/ogg"),
    "tone.flac": ("flac", "flac", "audio/flac"),
    "tone.wav": ("wav", "pcm_s16le", "audio/wav"),
}


def media_type(name: str) -> str:
    """Return the media type of a file that this module makes."""
    others = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t", ".png": "image/png"}
    return _KINDS[name][2] if name in _KINDS else others.get(Path(name).suffix, "video/mp4")


@cache
def sounds() -> Mapping[str, bytes]:
    """Return the files: `tone.mp3` and its like, `cover.png`, `ts/…` and `fmp4/…` with an `index.m3u8` each."""
    made = {name: _encoded(container, codec) for name, (container, codec, _) in _KINDS.items()}
    return {**made, "cover.png": _cover(), **_hls("ts", "mpegts"), **_hls("fmp4", "fmp4")}


def wave(seconds: float = SECONDS) -> "np.ndarray[Any, np.dtype[np.int16]]":
    """Return a tone of 440 Hz, int16, mono, shape (1, samples)."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (np.sin(time_s * 2 * np.pi * 440) * 8_000).astype(np.int16)[np.newaxis]


def _encoded(container: str, codec: str) -> bytes:
    to = io.BytesIO()
    with av.open(to, "w", format=container) as output:
        _write(output, codec)
    return to.getvalue()


def _write(output: Any, codec: str) -> None:  # noqa: ANN401 - PyAV's output has no public name
    output.metadata.update(TAGS)
    stream = output.add_stream(codec, rate=RATE_HZ, layout="mono")
    frame = av.AudioFrame.from_ndarray(wave(), format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    frame.pts = 0
    output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _hls(folder: str, segments: str) -> Mapping[str, bytes]:
    options = {"hls_segment_type": segments, "hls_time": "1", "hls_playlist_type": "vod"}
    with tempfile.TemporaryDirectory() as name:
        with av.open(str(Path(name, "index.m3u8")), "w", format="hls", options=options) as output:
            _write(output, "aac")
        return {f"{folder}/{path.name}": path.read_bytes() for path in Path(name).iterdir()}


def _cover() -> bytes:
    to = io.BytesIO()
    with av.open(to, "w", format="image2pipe") as output:
        stream: Any = output.add_stream("png", rate=1)
        stream.width = stream.height = _SIDE_PX
        stream.pix_fmt = "rgb24"
        red = np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8)
        red[..., 0] = 200
        output.mux(stream.encode(av.VideoFrame.from_ndarray(red, format="rgb24")))
        output.mux(stream.encode(None))
    return to.getvalue()
