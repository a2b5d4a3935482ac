"""Who records: ours, and the programs that people use, each with the words that let it copy and nothing else."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.machine import python

from mediamill.media.adapters.ffmpeg import ffmpeg

#: argv for an address and a file.
Command = Callable[[str, Path], Sequence[str]]


@dataclass(frozen=True)
class Recorder:
    """A program, one process for each stream. light: it takes little memory. stop: how it is asked to end."""

    name: str
    command: Command
    light: bool = True
    stop: int = signal.SIGINT


def _curl(url: str, to: Path) -> Sequence[str]:
    return ("curl", "--silent", "--output", str(to), url)


def _ffmpeg(url: str, to: Path) -> Sequence[str]:
    words = ("-hide_banner", "-nostdin", "-loglevel", "error", "-i", url, "-c", "copy", "-map", "0:v?", "-map", "0:a?")
    return (str(ffmpeg()), *words, "-f", "mpegts", "-flush_packets", "1", str(to))


def _streamlink(url: str, to: Path) -> Sequence[str]:
    plugin = "hls" if url.endswith(".m3u8") else "httpstream"
    return python("streamlink", "--quiet", "--no-config", "--output", str(to), f"{plugin}://{url}", "best")


def _ytdlp(url: str, to: Path) -> Sequence[str]:
    words = ("--ignore-config", "--no-cache-dir", "--quiet", "--no-part", "--hls-prefer-native", "--no-live-from-start")
    return python("yt_dlp", *words, "--output", str(to), "--", url)


CURL: Final = Recorder("curl", _curl, stop=signal.SIGTERM)
FFMPEG: Final = Recorder("ffmpeg", _ffmpeg)
STREAMLINK: Final = Recorder("streamlink", _streamlink, light=False)
YTDLP: Final = Recorder("yt-dlp", _ytdlp, light=False)
