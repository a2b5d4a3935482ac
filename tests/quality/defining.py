"""Which of the definitions of documents' terms are right in sense, by labels made by reading.

    python -m tests.quality.defining [--phrases 40] [--words 10]

prints the share of wrong ones in each document, and the definitions that nobody has labelled yet.
A line of `definitions/NAME.txt` is `+ term = definition` where the term has that meaning in the document, `-` where it
has another one.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.quality.judging import HELD_OUT, HERE, TUNED, USUAL, vocabulary_of

from mediamill.services.documents.languages import language_of
from mediamill.services.documents.meanings import meanings
from mediamill.testing import FakeContext

#: Of the definitions that cards have.
MOST_WRONG: Final = 0.05


@dataclass(frozen=True)
class Judged:
    """Of one document: its definitions, as they are right or wrong. new: those without a label. terms: all cards."""

    document: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    new: tuple[str, ...]
    terms: int


def labels_of(document: str) -> dict[str, bool]:
    """Return for each definition that was judged, as `term = definition`, whether it is right."""
    path = HERE / "definitions" / Path(document).with_suffix(".txt")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line[2:]: line[0] == "+" for line in lines}


def judged(document: str, phrases: int, words: int) -> Judged:
    """Return what the labels say of the definitions of a document's cards, as they are without a language model."""
    terms = [entry.term for entry in vocabulary_of(document, phrases, words).entries]
    language = language_of((HERE / "documents" / document).read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        told = meanings(terms, language, None, FakeContext(Path(folder)), lambda _: None)
    lines = [f"{term.text} = {each.text}" for term, each in zip(terms, told.of, strict=True) if each.text]
    labels = labels_of(document)
    return Judged(
        document,
        right=tuple(line for line in lines if labels.get(line)),
        wrong=tuple(line for line in lines if labels.get(line) is False),
        new=tuple(line for line in lines if line not in labels),
        terms=len(terms),
    )


def share_wrong(every: Sequence[Judged]) -> float:
    """Return the share of wrong ones among all that have a label, 0..1."""
    wrong = sum(len(each.wrong) for each in every)
    return wrong / max(1, wrong + sum(len(each.right) for each in every))


def table(every: Sequence[Judged], phrases: int, words: int) -> str:
    """Return the shares as a table of Markdown."""
    rows = [f"| document, {phrases} + {words} asked | cards | defined | wrong | not judged |", "|---|---|---|---|---|"]
    rows += [
        f"| {each.document} | {each.terms} | {len(each.right) + len(each.wrong) + len(each.new)} "
        f"| {len(each.wrong)} {share_wrong([each]):.0%} | {len(each.new)} |"
        for each in every
    ]
    rows.append(f"| all | {sum(each.terms for each in every)} | | {share_wrong(every):.1%} | |")
    return "\n".join(rows)


def tables(*asked: tuple[int, int]) -> str:
    """Return a table for each number of phrases and words that is asked for."""
    documents = (*TUNED, *HELD_OUT)
    return "\n\n".join(table([judged(each, *many) for each in documents], *many) for many in asked)


def main() -> None:
    """Print the table, what is wrong and what is not labelled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phrases", type=int, default=USUAL[0])
    parser.add_argument("--words", type=int, default=USUAL[1])
    options = parser.parse_args()
    every = [judged(document, options.phrases, options.words) for document in (*TUNED, *HELD_OUT)]
    print(table(every, options.phrases, options.words))  # noqa: T201 - a program that prints a table
    for each in every:
        for sign, lines in (("-", each.wrong), ("?", each.new)):
            for line in lines:
                print(f"{each.document}: {sign} {line}")  # noqa: T201


if __name__ == "__main__":
    main()
