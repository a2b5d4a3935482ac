"""The largest crowd, in one process of ours: every picture is counted."""

from dataclasses import replace

from bench.machine import folder, table
from bench.recordings.recorders import OURS
from bench.recordings.running import seen
from bench.recordings.scale import Scale
from bench.recordings.source import site


def measure(scale: Scale) -> str:
    """Return the table."""
    rows: list[tuple[object, ...]] = [
        ("shape", "CPU s per minute each", "MiB in all", "target", "lost pictures", "target", "source, CPU s per s")
    ]
    for shape in ("hls", "flv"):
        with folder() as path, site(scale, scale.many) as here:
            address = here.hls if shape == "hls" else here.flv
            urls = [address(number) for number in range(scale.many)]
            taken = seen(OURS, here, urls, path / "here", replace(scale, looked_at=scale.many))
        told = (shape.upper(), f"{taken.cpu_s:.3f}", f"{taken.mib:.0f}", "<= 300", taken.lost, "0")
        rows.append((*told, f"{taken.source_s:.2f}"))
    return table(f"{scale.many} recordings of {scale.bits_s / 1e6:g} Mbit/s at once in one process", rows)
