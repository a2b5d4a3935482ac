"""Terms of the candidates that were chosen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Kind, Part, Term
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.quotations import Quotations

_PARTS: Final[Mapping[str, Part]] = {
    "n": Part.NOUN,
    "v": Part.VERB,
    "a": Part.ADJECTIVE,
    "r": Part.ADVERB,
    "vo": Part.VERB,
}
_FORMS: Final = 8
#: A common word with capitals is written so for a reason when it is so often.
_OFTEN: Final = 3
#: Shares: of its forms, those inside of sentences, where capitals tell something; of these, those that agree.
_TELLING: Final = 0.4
_AGREEING: Final = 0.7


def terms_of(quotations: Sequence[Quotations], scores: Sequence[float], language: Language) -> list[Term]:
    """Return the terms, in order; without those that no sentence was found of."""
    return [_term(each, score, language) for each, score in zip(quotations, scores, strict=True) if each.sentences]


def _term(quotations: Quotations, score: float, language: Language) -> Term:
    candidate = quotations.candidate
    return Term(
        text=_text(quotations, language),
        kind=candidate.kind,
        part=_PARTS.get(candidate.parts) or _PARTS[candidate.parts[-1]],
        count=candidate.count,
        score=score,
        forms=tuple(
            form for form, _ in sorted(quotations.forms.items(), key=lambda each: (-each[1], each[0]))[:_FORMS]
        ),
        sentences=quotations.sentences,
        headings=tuple(quotations.headings),
    )


def _text(quotations: Quotations, language: Language) -> str:
    """Return the lemma, each word with the capitals that it mostly has inside of a sentence ("Gini impurity")."""
    words = quotations.candidate.lemma.split()
    inside = sum(quotations.inside.values())
    if inside < _TELLING * sum(quotations.forms.values()) or _is_small(quotations.candidate, language):
        return " ".join(words)
    return " ".join(
        _cased(word, at, quotations.inside) if inside >= _OFTEN or not language.known(word) else word
        for at, word in enumerate(words)
    )


def _is_small(candidate: Candidate, language: Language) -> bool:
    """Say whether a dictionary writes a phrase without capitals, as the document may not ("Right Whale")."""
    if candidate.kind is Kind.WORD:
        return False
    senses = language.senses(candidate.lemma, candidate.parts[-1])
    return any(candidate.lemma in sense.lemmas for sense in senses)


def _cased(word: str, at: int, inside: Counter[str]) -> str:
    """Return a word of a lemma as most of its forms are written. A lemma that is no form keeps its small letters."""
    written = Counter[str]()
    for form, many in inside.items():
        written[form.split()[at][: len(word)]] += many
    form, many = max(written.items(), key=lambda each: (each[1], each[0]))
    return form if form.lower() == word and many >= _AGREEING * written.total() else word
