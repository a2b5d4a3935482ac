"""Scanned pages beside Tesseract alone, and by two workers beside one."""

import json
import time
from pathlib import Path
from statistics import median

from bench.documents import papers
from bench.documents.jobs import Jobs, jobs
from bench.documents.scale import Scale
from bench.machine import folder, python, ratio, table
from bench.video.used import Used, used_by

from mediamill.media.documents.scanner import DPI


def measure(scale: Scale) -> str:
    """Return the tables."""
    with folder() as path:
        book = papers.scanned(1, scale.scanned, path)
        words = papers.words_in(path / "book-1.pdf")
        rounds = [
            (used_by(python("bench.documents.our_scan", str(book))), used_by(_bare(book))) for _ in range(scale.pairs)
        ]
        others = [papers.scanned(number, scale.scanned, path) for number in (3, 5)]
        shared = [_shared(slots, one) for slots, one in zip((1, 2), others, strict=True)]
    return _page(rounds, words) + _cores(shared, scale.scanned)


def _bare(path: Path) -> tuple[str, ...]:
    return python("bench.documents.bare_tesseract", str(path), str(DPI))


def _page(rounds: list[tuple[Used, Used]], words: int) -> str:
    ours_s, bare_s = (
        [float(json.loads(each.printed)["page_s"]) for each in side] for side in zip(*rounds, strict=True)
    )
    read = json.loads(rounds[0][0].printed)["words"] / words
    return table(
        f"A scanned page ({words:,} words on all; {len(rounds)} rounds)",
        [
            [
                "",
                "CPU s a page",
                "ratio",
                "target",
                "words read, of those printed",
                "memory of all processes (PSS), at most, MiB",
            ],
            [
                "mediamill, from the PDF to paragraphs, start and all",
                f"{median(ours_s):.2f}",
                f"{ratio(list(zip(ours_s, bare_s, strict=True))):.2f}",
                "<= 1.2",
                f"{read * 100:.1f} %",
                f"{max(ours.peak_mib for ours, _ in rounds):.0f}",
            ],
            [
                "Tesseract alone, warm, the same resolution",
                f"{median(bare_s):.2f}",
                "",
                "",
                "",
                f"{max(bare.peak_mib for _, bare in rounds):.0f}",
            ],
        ],
    )


def _shared(slots: int, book: Path) -> tuple[float, float]:
    """Have a book without text made cards of by so many slots; return how long it takes, and the CPU seconds, s."""
    with jobs({"cpu": slots}) as ours:
        _warm(ours, slots)
        used_s, began = ours.used_s(), time.perf_counter()
        ours.finish(ours.submit(book))
        return time.perf_counter() - began, ours.used_s() - used_s


def _warm(ours: Jobs, slots: int) -> None:
    """Have each slot load what it needs, at once."""
    texts = [f"A hive of bees number {number} keeps its honey in wooden frames of wax." for number in range(2 * slots)]
    for started in [ours.say(text) for text in texts]:
        ours.finish(started)


def _cores(shared: list[tuple[float, float]], pages: int) -> str:
    (one_s, one_cpu), (two_s, two_cpu) = shared
    return table(
        f"A PDF of {pages} scanned pages, from submit to its cards without sound",
        [
            ["slots", "wall s", "CPU s", "cores busy", "of one slot's time"],
            ["1", f"{one_s:.1f}", f"{one_cpu:.1f}", f"{one_cpu / one_s:.2f}", ""],
            ["2", f"{two_s:.1f}", f"{two_cpu:.1f}", f"{two_cpu / two_s:.2f}", f"{two_s / one_s:.2f}"],
        ],
    )
