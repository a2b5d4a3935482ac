"""Who records: ours, and the programs that people use, each with the words that let it copy and nothing else."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.machine import python

from mediamill.media.adapters.ffmpeg import ffmpeg

#: argv for addresses and the folder they are recorded into.
Command = Callable[[Sequence[str], Path], Sequence[str]]


@dataclass(frozen=True)
class Recorder:
    """A program. crowd: one process records them all; else there is one for each. light: it takes little memory."""

    name: str
    command: Command
    crowd: bool = False
    light: bool = True
    stop: int = signal.SIGINT


def _ours(urls: Sequence[str], to: Path) -> Sequence[str]:
    return python("bench.recordings.ours", str(to), "hls" if urls[0].endswith(".m3u8") else "flv", *urls)


def _curl(urls: Sequence[str], to: Path) -> Sequence[str]:
    return ("curl", "--silent", "--output", str(to / "stream"), *urls)


def _ffmpeg(urls: Sequence[str], to: Path) -> Sequence[str]:
    words = ("-nostdin", "-loglevel", "error", "-i", *urls, "-c", "copy", "-map", "0:v?", "-map", "0:a?")
    return (str(ffmpeg()), *words, "-f", "mpegts", "-flush_packets", "1", str(to / "stream.ts"))


def _streamlink(urls: Sequence[str], to: Path) -> Sequence[str]:
    (url,) = urls
    plugin = "hls" if url.endswith(".m3u8") else "httpstream"
    words = ("--quiet", "--no-config", "--output", str(to / "stream"), f"{plugin}://{url}", "best")
    return python("streamlink", *words)


def _ytdlp(urls: Sequence[str], to: Path) -> Sequence[str]:
    words = ("--ignore-config", "--no-cache-dir", "--quiet", "--no-part", "--ffmpeg-location", str(ffmpeg()))
    return python("yt_dlp", *words, "--output", str(to / "stream"), "--", *urls)


OURS: Final = Recorder("mediamill", _ours, crowd=True, stop=signal.SIGTERM)
CURL: Final = Recorder("curl", _curl, stop=signal.SIGTERM)
FFMPEG: Final = Recorder("ffmpeg", _ffmpeg)
STREAMLINK: Final = Recorder("streamlink", _streamlink, light=False)
YTDLP: Final = Recorder("yt-dlp", _ytdlp, light=False)
