"""A book of 50,000 words: the memory of what says it, at its beginning and until its end."""

import time

from bench.machine import table
from bench.speech.mill import Mill, mill
from bench.speech.scale import Scale
from bench.speech.texts import book

_LOOK_S = 0.25
_EARLY_PERCENT = 10.0


def measure(scale: Scale) -> str:
    """Return the table."""
    with mill({"cpu": 1}) as ours:
        seen = watched(ours, book(0, scale.book_words))
    early = max(mib for percent, mib in seen if percent <= _EARLY_PERCENT)
    late = max(mib for percent, mib in seen if percent >= _EARLY_PERCENT)
    return table(
        f"A text of {scale.book_words:,} words, espeak-ng, MP3, one `cpu` slot: memory (PSS) of who says it",
        [
            ["", "at most until 10 %, MiB", "at most from 10 % to the end, MiB", "growth", "target"],
            ["worker", f"{early:.0f}", f"{late:.0f}", f"{(late / early - 1) * 100:+.1f} %", "<= +10 %"],
        ],
    )


def watched(ours: Mill, text: str) -> list[tuple[float, float]]:
    """Return how much memory the pools' processes had at which percent of the job."""
    job_id = ours.begin(text, {"voice": "espeak-en-us"})
    seen = []
    while True:
        job = ours.server.ask("GET", f"/jobs/{job_id}")
        seen.append((float(str(job["progress"])), ours.speakers_mib("cpu")))
        if job["status"] in {"SUCCESS", "FAILURE", "REVOKED"}:
            assert job["status"] == "SUCCESS", job
            return seen
        time.sleep(_LOOK_S)
