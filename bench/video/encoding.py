"""What our pictures cost beside x264 alone on the same frames."""

import sys
from pathlib import Path
from statistics import median

from bench.machine import folder, ratio, table
from bench.video import footage
from bench.video.films import FULL_HD, HD
from bench.video.scale import Scale
from bench.video.used import used_by

from mediamill.media.pictures.slide import Frame


def measure(scale: Scale) -> str:
    """Return the table."""
    return table(
        f"The pictures of a film of {scale.film_s:.0f} s at a constant rate, from a process's start to its end, "
        f"beside x264 alone on the same frames, preset and quality: CPU s ({scale.pairs} interleaved)",
        [
            ["", "the crew", "x264", "ratio", "target"],
            _row("720p25", HD, scale, "<= 1.3"),
            _row("1080p25", FULL_HD, scale, ""),
        ],
    )


def _row(name: str, frame: Frame, scale: Scale, target: str) -> list[str]:
    with folder() as path:
        source = footage.made(path / "footage", frame, scale.film_s).write(path / "film.json")
        pairs = [
            (_printed("bare_camera", source, path / "ours"), _printed("bare_x264", source, path / "x264"))
            for _ in range(scale.pairs)
        ]
    ours, theirs = (median(pair[side] for pair in pairs) for side in (0, 1))
    return [name, f"{ours:.2f}", f"{theirs:.2f}", f"{ratio(pairs):.2f}", target]


def _printed(module: str, source: Path, out: Path) -> float:
    argv = (sys.executable, "-m", f"bench.video.{module}", str(source), str(out))
    return float(used_by(argv).printed)
