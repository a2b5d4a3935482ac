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
from mediamill.services.documents.term import Part
from mediamill.testing import FakeContext

_PARTS: Final = {Part.NOUN: "n", Part.VERB: "v", Part.ADJECTIVE: "a", Part.ADVERB: "r"}
#: Of the definitions that cards have.
MOST_WRONG: Final = 0.05
#: Of all cards.
FEWEST_DEFINED: Final = 0.45


@dataclass(frozen=True)
class Judged:
    """Of one document: its definitions, as they are right or wrong. new: those without a label.

    terms: all cards. explained: those whose term is in the dictionary, or is told by the document.
    """

    document: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    new: tuple[str, ...]
    terms: int
    explained: int

    @property
    def defined(self) -> int:
        """How many cards have a definition."""
        return len(self.right) + len(self.wrong) + len(self.new)


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
        explained=sum(
            bool(each.text) or language.known(term.text, _PARTS[term.part])
            for term, each in zip(terms, told.of, strict=True)
        ),
    )


def share_wrong(every: Sequence[Judged]) -> float:
    """Return the share of wrong ones among all that have a label, 0..1."""
    wrong = sum(len(each.wrong) for each in every)
    return wrong / max(1, wrong + sum(len(each.right) for each in every))


def share_defined(every: Sequence[Judged]) -> float:
    """Return the share of cards with a definition, 0..1."""
    return sum(each.defined for each in every) / max(1, sum(each.terms for each in every))


def table(every: Sequence[Judged], phrases: int, words: int) -> str:
    """Return the shares as a table of Markdown."""
    rows = [f"| document, {phrases} + {words} asked | cards | defined | of those that can be | wrong | not judged |"]
    rows.append("|---|---|---|---|---|---|")
    rows += [f"| {each.document} | {_row([each])} |" for each in every]
    rows.append(f"| all | {_row(every)} |")
    return "\n".join(rows)


def tables(*asked: tuple[int, int]) -> str:
    """Return a table for each number of phrases and words that is asked for."""
    documents = (*TUNED, *HELD_OUT)
    return "\n\n".join(table([judged(each, *many) for each in documents], *many) for many in asked)


def _row(every: Sequence[Judged]) -> str:
    cards, defined = sum(each.terms for each in every), sum(each.defined for each in every)
    wrong, new = sum(len(each.wrong) for each in every), sum(len(each.new) for each in every)
    explained = defined / max(1, sum(each.explained for each in every))
    return (
        f"{cards} | {defined} {share_defined(every):.0%} | {explained:.0%} | {wrong} {share_wrong(every):.1%} | {new}"
    )


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
