"""Which of the terms that are found in documents a learner would keep, by labels made by reading.

    python -m tests.quality.judging [--phrases 40] [--words 10]

prints the precision of each document, and the terms that nobody has labelled yet.
"""

import argparse
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mediamill.media.documents import passages, survey_text
from mediamill.services.documents.languages import language_of
from mediamill.services.documents.term import Kind, Vocabulary
from mediamill.services.documents.vocabulary import Wanted, find
from mediamill.testing import FakeContext

HERE: Final = Path(__file__).parent
#: The scores were set by looking at the first two; the others were labelled and left alone.
TUNED: Final = ("job-server.md", "moby-dick.md")
HELD_OUT: Final = ("kennedy.txt", "scikit-learn.md", "workshop.txt")
#: What a request gets that says nothing, and the most it can ask for.
USUAL: Final = (40, 10)
MOST: Final = (100, 30)


@dataclass(frozen=True)
class Verdict:
    """Of one document: its terms of one kind, as a learner would keep them or not. new: those without a label."""

    document: str
    kind: Kind
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def precision(self) -> float:
        """The share of terms worth a card, 0..1. What has no label counts as wrong. 1 where there is none."""
        many = len(self.kept) + len(self.refused) + len(self.new)
        return len(self.kept) / many if many else 1.0


@functools.cache
def vocabulary_of(document: str, phrases: int, words: int) -> Vocabulary:
    """Return what is found in one of the documents here."""
    text = (HERE / "documents" / document).read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        ctx = FakeContext(Path(folder))
        survey = survey_text(text, ctx)
        wanted = Wanted(max_phrases=phrases, max_words=words)
        return find(lambda: passages(survey), language_of(text), wanted, ctx, lambda _: None, chars=survey.chars)


def labels_of(document: str) -> dict[str, bool]:
    """Return for each term that was judged, in small letters, whether a learner would keep it."""
    lines = (HERE / "labels" / Path(document).with_suffix(".txt")).read_text(encoding="utf-8").splitlines()
    return {line[2:]: line[0] == "+" for line in lines}


def verdicts_of(document: str, phrases: int, words: int) -> list[Verdict]:
    """Return what the labels say of a document's phrases, and of its words."""
    labels = labels_of(document)
    found = vocabulary_of(document, phrases, words)
    told = []
    for kind in Kind:
        terms = [entry.term.text for entry in found.entries if entry.term.kind is kind]
        told.append(
            Verdict(
                document,
                kind,
                kept=tuple(term for term in terms if labels.get(term.lower())),
                refused=tuple(term for term in terms if labels.get(term.lower()) is False),
                new=tuple(term for term in terms if term.lower() not in labels),
            )
        )
    return told


def precision_of(verdicts: Sequence[Verdict]) -> float:
    """Return the precision of all of them together."""
    kept = sum(len(verdict.kept) for verdict in verdicts)
    return kept / max(1, kept + sum(len(verdict.refused) + len(verdict.new) for verdict in verdicts))


def table(phrases: int, words: int) -> str:
    """Return the precisions as a table of Markdown."""
    rows = [f"| document, {phrases} + {words} asked | phrases | words | both |", "|---|---|---|---|"]
    every: list[Verdict] = []
    for document in (*TUNED, *HELD_OUT):
        verdicts = verdicts_of(document, phrases, words)
        every += verdicts
        held = "" if document in TUNED else " (held out)"
        rows.append(f"| {document}{held} | {_told(verdicts[:1])} | {_told(verdicts[1:])} | {_told(verdicts)} |")
    phrases_of, words_of = every[::2], every[1::2]
    rows.append(f"| all | {_told(phrases_of)} | {_told(words_of)} | {_told(every)} |")
    return "\n".join(rows)


def _told(verdicts: Sequence[Verdict]) -> str:
    kept = sum(len(verdict.kept) for verdict in verdicts)
    many = sum(len(verdict.kept) + len(verdict.refused) + len(verdict.new) for verdict in verdicts)
    return f"{kept}/{many} {precision_of(verdicts):.0%}"


def main() -> None:
    """Print the table, and what is not labelled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phrases", type=int, default=USUAL[0])
    parser.add_argument("--words", type=int, default=USUAL[1])
    parser.add_argument("--refused", action="store_true", help="list the refused ones too")
    options = parser.parse_args()
    print(table(options.phrases, options.words))  # noqa: T201 - a program that prints a table
    for document in (*TUNED, *HELD_OUT):
        for verdict in verdicts_of(document, options.phrases, options.words):
            if verdict.new:
                print(f"\n{document}, {verdict.kind}s without a label: {' | '.join(verdict.new)}")  # noqa: T201
            if options.refused and verdict.refused:
                print(f"\n{document}, {verdict.kind}s refused: {' | '.join(verdict.refused)}")  # noqa: T201


if __name__ == "__main__":
    main()
