"""The second reading: how the chosen terms are written, and the few sentences of each that may explain or show it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Kind, Sentence
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.sentences import Line

#: Sentences that are kept of each term.
MOST: Final = 8
#: Of these, the first ones: a document explains a word where it begins to use it.
_FIRST: Final = 3
#: Headings that are kept of each term.
_HEADINGS: Final = 5
#: A sentence of so many words is easily read.
_BEST_WORDS: Final = 15
#: What makes a sentence worse, in words too many or too few.
_BROKEN: Final = 40
#: A sentence that begins with the term may tell what it is.
_OPENING_WORDS: Final = 3
_OPENS: Final = 4

#: Between the parts of a name of a program, a file, a path.
_JOINTS: Final = frozenset("-_/")
_WORD: Final = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*")


class Quotations:
    """Of one candidate: its forms as they are written, where, and sentences."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.forms = Counter[str]()
        self.inside = Counter[str]()
        self.headings: dict[str, None] = {}
        self._first: list[tuple[int, Sentence]] = []
        self._best: list[tuple[float, int, Sentence]] = []

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The few that are kept, in the document's order."""
        kept = dict(self._first) | {place: sentence for _, place, sentence in self._best}
        return tuple(sentence for _, sentence in sorted(kept.items()))

    def worse_than_kept(self, cost: float) -> bool:
        """Say whether there are enough sentences, all of them at least as good."""
        return len(self._first) >= _FIRST and len(self._best) >= MOST - _FIRST and cost >= self._best[-1][0]

    def add(self, place: int, line: Line, cost: float) -> None:
        """Keep a sentence, where there is room or it is better."""
        sentence = Sentence(line.text, line.heading, line.page)
        if line.heading and len(self.headings) < _HEADINGS:
            self.headings[line.heading] = None
        if line.whole and len(self._first) < _FIRST:
            self._first.append((place, sentence))
            return
        self._best.append((cost, place, sentence))
        self._best.sort(key=lambda each: each[:2])
        del self._best[MOST - _FIRST :]


def quoted(candidates: Sequence[Candidate], lines: Iterable[Line], language: Language) -> list[Quotations]:
    """Return the quotations of each candidate, in their order. One whose forms are nowhere in the lines has none."""
    found = [Quotations(candidate) for candidate in candidates]
    index: dict[str, list[tuple[tuple[str, ...], Quotations]]] = {}
    for each in found:
        for form in each.candidate.forms:
            words = tuple(form.split())
            index.setdefault(words[0], []).append((words, each))
    for place, line in enumerate(lines):
        lowered = line.text.lower()
        if not index.keys().isdisjoint(_WORD.findall(lowered)):
            _quote(place, line, lowered, index, language)
    return found


def _quote(
    place: int,
    line: Line,
    lowered: str,
    index: dict[str, list[tuple[tuple[str, ...], Quotations]]],
    language: Language,
) -> None:
    met = list(_WORD.finditer(lowered))
    words = [each[0] for each in met]
    taken = set[int]()
    parts: dict[str, set[str]] | None = None
    for at, word in enumerate(words):
        for form, quotations in index.get(word, ()):
            end = at + len(form)
            if tuple(words[at:end]) != form:
                continue
            start, stop = met[at].start(), met[end - 1].end()
            if lowered[start:stop] != " ".join(form) or _is_joined(lowered, start, stop):
                continue
            if quotations.candidate.kind is Kind.WORD:
                parts = _parts(line, language) if parts is None else parts
                if quotations.candidate.parts not in parts.get(word, ()):
                    continue
            # Letters whose small form is longer would shift all behind them.
            written = line.text[start:stop] if len(lowered) == len(line.text) else lowered[start:stop]
            quotations.forms[written] += 1
            if line.cased and at:
                quotations.inside[written] += 1
            if id(quotations) not in taken:
                taken.add(id(quotations))
                cost = _cost(line, len(words), at)
                if not quotations.worse_than_kept(cost):
                    quotations.add(place, line, cost)


def _is_joined(text: str, start: int, stop: int) -> bool:
    """Say whether something is a part of a longer word or name there: "--queue", "docs/queue.md"; see `examples`."""
    before, after = text[start - 1 : start], text[stop : stop + 2]
    return before == "." or before in _JOINTS or after[:1] in _JOINTS or (after[:1] == "." and after[1:].isalnum())


def _parts(line: Line, language: Language) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for token in language.tokens(line.words):
        told.setdefault(token.text.lower(), set()).add(token.part)
    return told


def _cost(line: Line, words: int, at: int) -> float:
    return abs(words - _BEST_WORDS) + (0 if line.whole else _BROKEN) - (_OPENS if at < _OPENING_WORDS else 0)
