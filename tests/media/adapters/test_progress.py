import json

from mediamill.media.adapters.loading import read
from mediamill.media.adapters.progress import Meter
from mediamill.services.downloads.checks import FOLDER


def told(*lines: object) -> list[str]:
    """Return the words for each line of yt-dlp's."""
    described = read(FOLDER / "yt-dlp.toml")
    meter = Meter(described.progress)  # type: ignore[union-attr]
    notes = [meter.read(f"@P {json.dumps(line)}") for line in lines]
    return [note[1] for note in notes if note is not None]


def test_a_stage_ends_with_the_next_bytes_and_bytes_with_the_next_stage() -> None:
    first = {"p": {"stage": "ThumbnailsConvertor"}}
    bytes_ = {"p": {"downloaded_bytes": 1_000, "total_bytes": 2_000, "speed": 500}}
    last = {"p": {"stage": "ExtractAudio"}}
    assert told(first, bytes_, last) == ["ThumbnailsConvertor", "1.0 kB of 2.0 kB, 500 B/s", "ExtractAudio"]
