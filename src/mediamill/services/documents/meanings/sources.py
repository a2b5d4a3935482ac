"""Who tells what a term means, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mediamill import Context
from mediamill.media.lexicon.sense import Sense
from mediamill.services.documents.card import By
from mediamill.services.documents.languages import Language
from mediamill.services.documents.meanings import model
from mediamill.services.documents.meanings.choice import chosen
from mediamill.services.documents.meanings.document import definition
from mediamill.services.documents.meanings.glosses import gloss
from mediamill.services.documents.meanings.meaning import Meaning
from mediamill.services.documents.meanings.translating import translated
from mediamill.services.documents.params import Translation
from mediamill.services.documents.term import Term

#: How near the dictionary's meaning has to be to what the document itself says of a term, to be the same one.
_SAME: Final = 0.6


@dataclass(frozen=True)
class Meanings:
    """of: what each term means. fault: why the language model told less than it was asked; "" where it told all."""

    of: tuple[Meaning, ...]
    fault: str = ""


def meanings(
    terms: Sequence[Term],
    language: Language,
    translate: Translation | None,
    ctx: Context,
    tell: Callable[[float], None],
) -> Meanings:
    """Return what each term means in its document.

    The language model tells, where one is set up; else WordNet, where it can be told which of its meanings it is; else
    the document itself, where it says "X is a ..."; else nobody. A wrong meaning is worse than none.
    Raises PermanentError with code DICTIONARY_UNREADABLE.
    """
    known = _known(terms, language)
    by_model = model.told(terms, translate, ctx, tell)
    found = [
        replace(told, synonyms=other.synonyms) if told else other
        for told, other in zip(by_model.meanings, known, strict=True)
    ]
    if translate is not None:
        found = translated(terms, found, translate)
    return Meanings(tuple(found), by_model.fault)


def _known(terms: Sequence[Term], language: Language) -> list[Meaning]:
    return [_of(term, senses, language) for term, senses in zip(terms, chosen(terms, language), strict=True)]


def _of(term: Term, senses: Sequence[Sense], language: Language) -> Meaning:
    told, said = gloss(senses, term.text), definition(term)
    if said and not (told and _same(told, said, language)):
        return Meaning(said, By.DOCUMENT)
    if not told:
        return Meaning()
    synonyms = tuple(each for each in senses[0].lemmas if each.lower() != term.text.lower())
    return Meaning(told, By.WORDNET, synonyms=synonyms)


def _same(told: str, said: str, language: Language) -> bool:
    one, other = language.vectors([told, said])
    return float(one @ other) >= _SAME
