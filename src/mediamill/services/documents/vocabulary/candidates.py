"""What was met, by what it is in a dictionary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Kind
from mediamill.services.documents.vocabulary.sighting import Sighting
from mediamill.services.documents.vocabulary.sightings import MARK
from mediamill.services.documents.vocabulary.tally import Tally

#: Forms that a candidate is looked for by: singular and plural, the tenses of a verb.
_FORMS: Final = 6
#: Zipf: a form so much more frequent than its lemma is the word itself.
_UNSAID: Final = 1.0


@dataclass(frozen=True)
class Candidate:
    """A phrase or word that may become a term.

    lemma: as a dictionary has it, in small letters. parts: of its words. forms: as it stands there, in small letters,
    the most frequent first. The other fields are those of Sighting, of all forms together.
    """

    lemma: str
    kind: Kind
    parts: str
    forms: tuple[str, ...]
    count: int
    alone: int
    whole: int
    sections: int
    named: float

    @property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        return tuple(self.lemma.split())


def phrases_of(tally: Tally[Sighting], language: Language) -> list[Candidate]:
    """Return the phrases that were met, in the order of their first time."""
    return _joined(((seen.lemma, form, seen) for form, seen in tally.found()), Kind.PHRASE, language)


def words_of(tally: Tally[Sighting], language: Language) -> list[Candidate]:
    """Return the words that were met, each part of speech of a word by itself; in the order of their first time."""
    met = ((f"{seen.lemma}{MARK}{seen.parts}", key.partition(MARK)[0], seen) for key, seen in tally.found())
    return _joined(met, Kind.WORD, language)


def _joined(met: Iterable[tuple[str, str, Sighting]], kind: Kind, language: Language) -> list[Candidate]:
    together: dict[str, list[tuple[str, Sighting]]] = {}
    for lemma, form, seen in met:
        together.setdefault(lemma, []).append((form, seen))
    return [_candidate(each, kind, language) for each in together.values()]


def _candidate(forms: list[tuple[str, Sighting]], kind: Kind, language: Language) -> Candidate:
    forms.sort(key=lambda each: (-each[1].count, each[0]))
    all_of = [seen for _, seen in forms]
    cased = sum(seen.cased for seen in all_of)
    written = tuple(form for form, _ in forms[:_FORMS])
    return Candidate(
        lemma=_as_written(all_of[0].lemma, written, language),
        kind=kind,
        parts=all_of[0].parts,
        forms=written,
        count=sum(seen.count for seen in all_of),
        alone=sum(seen.alone for seen in all_of),
        whole=sum(seen.whole for seen in all_of),
        sections=max(seen.sections for seen in all_of),
        named=sum(seen.named for seen in all_of) / cased if cased else 0.0,
    )


def _as_written(lemma: str, forms: Sequence[str], language: Language) -> str:
    """Return the lemma; but the form where nobody says the lemma ("data", "species", "statistics")."""
    form = forms[0]
    if lemma in forms or language.zipf(form.rsplit(" ", 1)[-1]) < language.zipf(lemma.rsplit(" ", 1)[-1]) + _UNSAID:
        return lemma
    return form
