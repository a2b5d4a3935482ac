"""A book's 50 cards, beside PDFium's bare reading of it and beside n-grams and MiniLM; and the memory that it takes."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.documents import papers
from bench.documents.scale import Scale
from bench.machine import folder, python, ratio, table
from bench.speech.peers import PEERS
from bench.video.used import Used, used_by

#: Reads of a book by PDFium alone, whose median counts: one takes a seventh of a second.
_BARE_READS = 5
#: Pages of the document that warms the peer's model: what it does with it takes long.
_WARMING_PAGES = 3


@dataclass(frozen=True)
class _Round:
    """All sides, one after another. cold, theirs_cold: of a process that made the book's cards alone, or nearly."""

    cold: Used
    warm: Used
    bare_s: float
    theirs: Used


def measure(scale: Scale) -> str:
    """Return the tables."""
    with folder() as path:
        before, book = (papers.book(number, scale.pages, path) for number in (0, 1))
        warming = papers.book(2, min(_WARMING_PAGES, scale.pages), path)
        rounds = [
            _Round(by_us(book), by_us(before, book), bare_s(book), by_minilm(warming, book)) for _ in range(scale.pairs)
        ]
        spoken = by_us(book, audio=True)
        words = papers.words_in(book)
    job = last(rounds[0].warm)
    told = f"{scale.pages} pages, {words:,} words: {job['phrases']} phrases, {job['words']} words"
    return _speed(rounds, told) + _memory(rounds, spoken)


def by_us(*paths: Path, audio: bool = False) -> Used:
    """Make cards of documents, one after another, in one process."""
    return used_by(python("bench.documents.ours", f"audio={int(audio)}", *map(str, paths)))


def by_minilm(*paths: Path) -> Used:
    """Find the words of documents with n-grams and MiniLM."""
    return used_by((str(PEERS), "-m", "bench.documents.by_minilm", *map(str, paths)))


def bare_s(path: Path) -> float:
    """Return the CPU seconds in which PDFium alone reads a document's text, in a warm process."""
    readings: list[float] = json.loads(
        used_by(python("bench.documents.bare_pdfium", str(path), str(_BARE_READS))).printed
    )
    return median(readings)


def last(used: Used) -> dict[str, Any]:
    """Return what was told of the last document."""
    told: dict[str, Any] = json.loads(used.printed)[-1]
    return told


def _speed(rounds: list[_Round], told: str) -> str:
    warm_s = [last(each.warm)["cpu_s"] for each in rounds]
    theirs_s = [last(each.theirs)["cpu_s"] for each in rounds]
    bare = [each.bare_s for each in rounds]
    of_bare = ratio(list(zip(warm_s, bare, strict=True)))
    of_theirs = ratio(list(zip(theirs_s, warm_s, strict=True)))
    return table(
        f"Flashcards of a PDF without sound ({told}; {len(rounds)} rounds): CPU seconds of all processes",
        [
            ["", "CPU s", "", "target"],
            ["PDFium alone reads the text, warm", f"{median(bare):.3f}", "", ""],
            [
                "mediamill, a process that made cards of another book before",
                f"{median(warm_s):.2f}",
                f"{of_bare:.1f} times PDFium",
                "<= 6",
            ],
            ["mediamill, its start and the first book", f"{median(each.cold.cpu_s for each in rounds):.2f}", "", ""],
            ["pypdf, n-grams and MiniLM, warm", f"{median(theirs_s):.1f}", f"{of_theirs:.0f} times mediamill", ">= 40"],
        ],
    )


def _memory(rounds: list[_Round], spoken: Used) -> str:
    ours = max(used.peak_mib for each in rounds for used in (each.cold, each.warm))
    theirs = max(each.theirs.peak_mib for each in rounds)
    cards = last(spoken)["cards"]
    return table(
        "The same: memory (PSS) of all processes, at most; and with sound",
        [
            ["", "MiB", "target", "CPU s"],
            ["mediamill, without sound", f"{ours:.0f}", "<= 300", ""],
            ["pypdf, n-grams and MiniLM", f"{theirs:.0f}", "", ""],
            [
                f"mediamill, {cards} words and examples said, start and all",
                f"{spoken.peak_mib:.0f}",
                "",
                f"{spoken.cpu_s:.1f}",
            ],
        ],
    )
