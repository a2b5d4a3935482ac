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


@dataclass(slots=True)  # not frozen: thousands are made for each document, and that takes three times as long
class Candidate:
    """A phrase or word that may become a term.

    lemma: as a dictionary has it, in small letters. words: of the lemma. parts: of its words. forms: as it stands
    there, in small letters, the most frequent first. The other fields are those of Sighting, of all forms together;
    named is a share.
    """

    lemma: str
    words: tuple[str, ...]
    kind: Kind
    parts: str
    forms: tuple[str, ...]
    count: int
    alone: int
    whole: int
    sections: int
    named: float


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
    if len(forms) > 1:
        forms.sort(key=lambda each: (-each[1].count, each[0]))
    seen = _together([seen for _, seen in forms])
    written = tuple([form for form, _ in forms[:_FORMS]])
    lemma = _as_written(seen.lemma, written, language)
    return Candidate(
        lemma=lemma,
        words=tuple(lemma.split()),
        kind=kind,
        parts=seen.parts,
        forms=written,
        count=seen.count,
        alone=seen.alone,
        whole=seen.whole,
        sections=seen.sections,
        named=seen.named / seen.cased if seen.cased else 0.0,
    )


def _together(seen: Sequence[Sighting]) -> Sighting:
    """Return the sums of several forms; sections are those of the form that is in most."""
    if len(seen) == 1:
        return seen[0]
    told = Sighting()
    told.lemma, told.parts = seen[0].lemma, seen[0].parts
    for each in seen:
        told.count += each.count
        told.alone += each.alone
        told.whole += each.whole
        told.cased += each.cased
        told.named += each.named
        told.sections = max(told.sections, each.sections)
    return told


def _as_written(lemma: str, forms: Sequence[str], language: Language) -> str:
    """Return the lemma; but the form where nobody says the lemma ("data", "species", "statistics")."""
    form = forms[0]
    if (
        lemma == form
        or lemma in forms
        or language.zipf(form.rsplit(" ", 1)[-1]) < language.zipf(lemma.rsplit(" ", 1)[-1]) + _UNSAID
    ):
        return lemma
    return form
