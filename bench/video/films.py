"""One film by mediamill's studio and by MoviePy: the same pictures, sounds and cues."""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from bench.machine import folder, table
from bench.speech.peers import PEERS
from bench.video import footage
from bench.video.scale import Scale
from bench.video.used import Used, used_by

from mediamill.media.pictures.slide import Aspect, Frame, Resolution

HD: Final = Frame.of(Aspect.WIDE, Resolution.HD)
FULL_HD: Final = Frame.of(Aspect.WIDE, Resolution.FULL_HD)


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path:
        still = footage.made(path / "still", HD, scale.film_s)
        nearing = footage.made(path / "nearing", HD, scale.nearing_s)
        stills, nearings = still.write(path / "still.json"), nearing.write(path / "nearing.json")
        variable, constant, zoomed, webm, peer, zooming_peer = (list[Used]() for _ in range(6))
        for number in range(scale.pairs):
            out = path / f"film-{number}.mp4"
            variable.append(by_us(stills, out))
            peer.append(by_moviepy(stills, out))
            constant.append(by_us(stills, out, "constant_rate=1"))
            webm.append(by_us(stills, out, "container=webm"))
            zoomed.append(by_us(nearings, out, "zoom=1"))
            zooming_peer.append(by_moviepy(nearings, out, "zoom=1"))
    return table(
        f"A film of {still.seconds:.0f} s ({nearing.seconds:.0f} s where it zooms), {len(still.scenes)} pictures, "
        f"720p25, with subtitles and sound ({scale.pairs} interleaved)",
        [
            ["", "CPU s", "MoviePy", "times as little", "target", "s", "MoviePy", "MiB", "MoviePy"],
            _row("stills, variable rate", variable, peer, ">= 20"),
            _row("stills, constant rate", constant, peer, ">= 8"),
            _row("slow zoom", zoomed, zooming_peer, ">= 6"),
            _row("stills, variable rate, WebM", webm, peer, ""),
        ],
    )


def by_us(source: Path, out: Path, *options: str) -> Used:
    """Make a film by the studio, in a process of its own, with nothing in the cache."""
    return _film((sys.executable, "-m", "bench.video.ours"), source, out, options)


def by_moviepy(source: Path, out: Path, *options: str) -> Used:
    """Make a film by MoviePy."""
    return _film((str(PEERS), "-m", "bench.video.by_moviepy"), source, out, options)


def _film(module: Sequence[str], source: Path, out: Path, options: Sequence[str]) -> Used:
    with folder() as scratch:
        path = scratch / out.name
        used = used_by((*module, str(source), str(path), *options), {"TMPDIR": str(scratch)})
        assert path.stat().st_size > 0
        path.replace(out)
    return used


def _row(name: str, ours: Sequence[Used], theirs: Sequence[Used], target: str) -> list[str]:
    ratios = [their.cpu_s / our.cpu_s for our, their in zip(ours, theirs, strict=True)]
    return [
        name,
        f"{median(each.cpu_s for each in ours):.1f}",
        f"{median(each.cpu_s for each in theirs):.1f}",
        f"{median(ratios):.1f}",
        target,
        f"{median(each.wall_s for each in ours):.1f}",
        f"{median(each.wall_s for each in theirs):.1f}",
        f"{max(each.peak_mib for each in ours):.0f}",
        f"{max(each.peak_mib for each in theirs):.0f}",
    ]
