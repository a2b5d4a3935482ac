"""How much memory a film takes, and that a long one takes no more."""

from pathlib import Path

from bench.machine import folder, table
from bench.video import footage
from bench.video.films import FULL_HD, HD, by_us
from bench.video.scale import Scale

from mediamill.media.pictures.slide import Frame


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path:
        rows = [
            _row(path, "720p25", HD, scale.film_s, "<= 250"),
            _row(path, "720p25, constant rate", HD, scale.film_s, "<= 250", "constant_rate=1"),
            _row(path, "720p25, slow zoom", HD, min(scale.film_s, scale.nearing_s), "<= 250", "zoom=1"),
            _row(path, "1080p25", FULL_HD, scale.film_s, "<= 350"),
            _row(path, "1080p25, constant rate", FULL_HD, scale.film_s, "<= 350", "constant_rate=1"),
        ]
        short, *_ = rows
        long = _row(path, "720p25", HD, scale.long_s, "")
        growth = float(long[2]) / float(short[2]) - 1
        long[3] = f"<= {float(short[2]) * 1.1:.0f} (+10 %; is {growth * 100:+.1f} %)"
    return table(
        "The memory (PSS) of all processes that make a film, at most",
        [["", "film s", "MiB", "target", "CPU s"], *rows, long],
    )


def _row(path: Path, name: str, frame: Frame, seconds: float, target: str, *options: str) -> list[str]:
    film = footage.made(path / f"{frame.height}-{seconds:.0f}", frame, seconds)
    used = by_us(film.write(path / "film.json"), path / "film.mp4", *options)
    return [name, f"{film.seconds:.0f}", f"{used.peak_mib:.0f}", target, f"{used.cpu_s:.1f}"]
