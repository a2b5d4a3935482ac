"""A minute of a stream, copied to disk: CPU and memory of each recorder, many at once."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from bench.machine import folder, ratio, table
from bench.recordings.recorders import CURL, FFMPEG, OURS, STREAMLINK, YTDLP, Recorder
from bench.recordings.running import Seen, seen
from bench.recordings.scale import Scale
from bench.recordings.source import site

from mediamill.media.adapters.ffmpeg import ffmpeg

_TARGET = "<= 1.5"


@dataclass(frozen=True)
class Kind:
    """A recorder and how the stream comes to it."""

    recorder: Recorder
    shape: str

    def count(self, crowd: int, scale: Scale) -> int:
        """Return how many of a crowd there are: those that take much memory are fewer."""
        return crowd if self.recorder.light else min(crowd, scale.heavy)


#: curl follows no playlist: what it takes for the same bytes of FLV is the floor for both.
_FLOOR = Kind(CURL, "flv")
_KINDS = (_FLOOR, *(Kind(each, shape) for each in (OURS, FFMPEG, STREAMLINK, YTDLP) for shape in ("flv", "hls")))
_HEAD = (
    "recorder",
    "shape",
    "at once",
    "CPU s per minute each",
    "ratio to curl",
    "target",
    "MiB in all",
    "lost pictures",
    "source, CPU s per s",
)


def measure(scale: Scale) -> str:
    """Return the tables, one for each crowd."""
    return "".join(_crowd(scale, crowd) for crowd in scale.crowds) + _versions()


def _crowd(scale: Scale, crowd: int) -> str:
    found: dict[Kind, list[Seen]] = {kind: [] for kind in _KINDS}
    for _ in range(scale.rounds):
        for kind, taken in found.items():
            taken.append(_seen(kind, kind.count(crowd, scale), scale))
    rows = [_row(kind, kind.count(crowd, scale), taken, found[_FLOOR]) for kind, taken in found.items()]
    return table(f"{scale.bits_s / 1e6:g} Mbit/s, {crowd} at once ({scale.rounds} interleaved rounds)", [_HEAD, *rows])


def _seen(kind: Kind, count: int, scale: Scale) -> Seen:
    with folder() as path, site(scale, count) as here:
        address = here.hls if kind.shape == "hls" else here.flv
        return seen(kind.recorder, here, [address(number) for number in range(count)], path / "here", scale)


def _row(kind: Kind, count: int, taken: Sequence[Seen], floor: Sequence[Seen]) -> Sequence[object]:
    return (
        kind.recorder.name,
        kind.shape.upper(),
        count,
        f"{median(each.cpu_s for each in taken):.3f}",
        f"{ratio([(each.cpu_s, least.cpu_s) for each, least in zip(taken, floor, strict=True)]):.2f}",
        _TARGET if kind.recorder is OURS else "",
        f"{median(each.mib for each in taken):.0f}",
        sum(each.lost for each in taken),
        f"{median(each.source_s for each in taken):.2f}",
    )


def _versions() -> str:
    curl, encoder = (
        subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        for words in (("curl", "--version"), (str(ffmpeg()), "-version"))
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("streamlink", "yt-dlp"))
    return f"curl {curl[1]}, ffmpeg {encoder[2]}, {packages}.\n\n"
