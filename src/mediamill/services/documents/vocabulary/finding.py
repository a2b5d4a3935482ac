"""The vocabulary of a document, from its passages to terms that belong together."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from mediamill import Context
from mediamill.media.documents import Passage
from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Cluster, Entry, Role, Term, Vocabulary
from mediamill.services.documents.vocabulary import shortlist
from mediamill.services.documents.vocabulary.candidates import phrases_of, words_of
from mediamill.services.documents.vocabulary.clusters import groups_of
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.graph import edges_of
from mediamill.services.documents.vocabulary.nearness import nearness, related, vectors_of
from mediamill.services.documents.vocabulary.quotations import quoted
from mediamill.services.documents.vocabulary.selection import Scored, best_phrases, best_words
from mediamill.services.documents.vocabulary.sentences import Line, lines
from mediamill.services.documents.vocabulary.sightings import Sightings
from mediamill.services.documents.vocabulary.statistics import Statistics, frequencies
from mediamill.services.documents.vocabulary.synonyms import synonyms_of
from mediamill.services.documents.vocabulary.terms import terms_of
from mediamill.services.documents.vocabulary.wanted import Wanted

Passages = Callable[[], Iterable[Passage]]
Tell = Callable[[float], None]

#: Below this share of words in whole sentences, a document is a list, and its fragments are what it has.
_SENTENCES: Final = 0.3
#: How much of the time the first reading takes, and both together.
_FIRST: Final = 0.7
_BOTH: Final = 0.95
#: Passages between two questions whether to go on.
_PASSAGES: Final = 50


def find(
    passages: Passages, language: Language, wanted: Wanted, ctx: Context, tell: Tell, *, chars: int = 0
) -> Vocabulary:
    """Return what is worth learning from a document: at most as much as is wanted, as much as there is of it.

    passages: the document, read twice: once to count, once for the sentences of what was chosen. Memory does not grow
    with it: see Tally. chars: how long it is, to tell how far the reading is; 0 where nobody knows.
    tell: told fractions. One line of the log for each stage says what was kept and dropped.
    """
    counts = {stage: Count() for stage in ("sentences", "phrases", "words", "terms", "clusters")}
    seen = Sightings(language)
    for line in lines(_watched(passages(), ctx, tell, chars, (0.0, _FIRST)), language, counts["sentences"]):
        seen.add(line)
    statistics = Statistics(
        frequencies(seen.words), seen.headings, seen.total, fragments=seen.whole < _SENTENCES * seen.total
    )
    phrases = best_phrases(
        shortlist.phrases(phrases_of(seen.phrases, language), statistics, language, wanted, counts["phrases"]),
        wanted.max_phrases,
        language.known,
        counts["phrases"],
    )
    words = best_words(
        shortlist.words(words_of(seen.words, language), statistics, language, wanted, counts["words"]),
        wanted.max_words,
        phrases,
        counts["words"],
    )
    again = lines(_watched(passages(), ctx, tell, chars, (_FIRST, _BOTH)), language, Count())
    terms = _terms([*phrases, *words], again, language, counts["terms"])
    found = _joined(terms, language, counts)
    tell(1.0)
    for stage, numbers in found.stages.items():
        ctx.log(f"vocabulary.{stage}", **numbers)
    return found


def _watched(
    passages: Iterable[Passage], ctx: Context, tell: Tell, chars: int, share: tuple[float, float]
) -> Iterator[Passage]:
    """Yield the passages, telling how far they are, and ending where the job does."""
    first, last = share
    read = 0
    for place, passage in enumerate(passages):
        if place % _PASSAGES == 0:
            ctx.check()
            if chars:
                tell(first + (last - first) * min(1.0, read / chars))
        read += len(passage.text)
        yield passage
    tell(last)


def _terms(chosen: Sequence[Scored], again: Iterator[Line], language: Language, count: Count) -> list[Term]:
    quotations = quoted([each.candidate for each in chosen], again, language)
    terms = terms_of(quotations, [each.score for each in chosen], language)
    count.keep(len(terms))
    if len(terms) < len(chosen):
        count.drop("in_no_sentence", len(chosen) - len(terms))
    return terms


def _joined(terms: Sequence[Term], language: Language, counts: Mapping[str, Count]) -> Vocabulary:
    if not terms:
        return Vocabulary((), (), (), {stage: count.told() for stage, count in counts.items()})
    vectors = vectors_of(terms, language)
    near = nearness(terms, vectors)
    neighbours = related(near)
    synonyms = synonyms_of(terms, vectors, language)
    importance = importances(terms)
    groups = groups_of(terms, importance, vectors)
    counts["clusters"].keep(len(groups))
    cluster_of = {place: id_ for id_, group in enumerate(groups) for place in group.members}
    cores = {group.core for group in groups}
    entries = [
        Entry(
            term=term,
            importance=importance[place],
            synonyms=synonyms[place],
            related=tuple(terms[at].text for at in neighbours[place]),
            cluster=cluster_of[place],
            role=Role.CORE if place in cores else Role.UMBRELLA,
        )
        for place, term in enumerate(terms)
    ]
    return Vocabulary(
        entries=tuple(entries),
        clusters=tuple(Cluster(id_, group.name, id_ + 1) for id_, group in enumerate(groups)),
        edges=tuple(edges_of(terms, near, neighbours, synonyms, groups)),
        stages={stage: count.told() for stage, count in counts.items()},
    )


def importances(terms: Sequence[Term]) -> list[float]:
    """Return how important each term is, 0..1, the best of each kind 1: scores fall steeply, so their roots are taken."""
    best = {kind: max(term.score for term in terms if term.kind is kind) for kind in {term.kind for term in terms}}
    return [round(math.sqrt(term.score / best[term.kind]), 3) for term in terms]
