"""The vocabulary of a document, from its passages to terms that belong together."""

import math
from collections.abc import Iterable, Mapping, Sequence

from mediamill import Context
from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Cluster, Entry, Role, Term, Vocabulary
from mediamill.services.documents.vocabulary import shortlist
from mediamill.services.documents.vocabulary.candidates import phrases_of, words_of
from mediamill.services.documents.vocabulary.clusters import groups_of
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.graph import edges_of
from mediamill.services.documents.vocabulary.nearness import nearness, related, surroundings_of, vectors_of
from mediamill.services.documents.vocabulary.quotations import quoted
from mediamill.services.documents.vocabulary.reading import Passages, Reading, Tell
from mediamill.services.documents.vocabulary.selection import Scored, best_phrases, best_words
from mediamill.services.documents.vocabulary.sentences import Line
from mediamill.services.documents.vocabulary.sightings import Sightings
from mediamill.services.documents.vocabulary.statistics import statistics_of
from mediamill.services.documents.vocabulary.synonyms import synonyms_of
from mediamill.services.documents.vocabulary.terms import terms_of
from mediamill.services.documents.vocabulary.wanted import Wanted


def find(  # noqa: PLR0913 - what a stage of a job needs, and what is wanted
    passages: Passages, language: Language, wanted: Wanted, ctx: Context, tell: Tell, *, chars: int = 0
) -> Vocabulary:
    """Return what is worth learning from a document: at most as much as is wanted, as much as there is of it.

    passages: the document; asked for twice where it is long, so that memory does not grow with it (see Tally).
    chars: how long it is, to tell how far the reading is; 0 where nobody knows. tell: told fractions.

    One line of the log for each stage says what was kept, and what was dropped and why.
    """
    counts = {stage: Count() for stage in ("sentences", "phrases", "words", "terms", "clusters")}
    reading = Reading(passages, language, ctx, tell, chars)
    seen = Sightings(language)
    for line in reading.first(counts["sentences"]):
        seen.add(line)
    chosen = _chosen(seen, language, wanted, counts)
    ctx.check()
    terms = _terms(chosen, reading.again(), language, counts["terms"])
    ctx.check()
    found = _joined(terms, language, counts)
    tell(1.0)
    for stage, numbers in found.stages.items():
        ctx.log(f"vocabulary.{stage}", **numbers)
    return found


def _chosen(seen: Sightings, language: Language, wanted: Wanted, counts: Mapping[str, Count]) -> list[Scored]:
    """Return the best phrases, then the best words, each the best first."""
    statistics = statistics_of(seen)
    fit = shortlist.phrases(phrases_of(seen.phrases, language), statistics, language, wanted, counts["phrases"])
    phrases = best_phrases(fit, wanted.max_phrases, language.known, counts["phrases"])
    fit = shortlist.words(words_of(seen.words, language), statistics, language, wanted, counts["words"])
    return [*phrases, *best_words(fit, wanted.max_words, phrases, counts["words"])]


def _terms(chosen: Sequence[Scored], again: Iterable[Line], language: Language, count: Count) -> list[Term]:
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
    around = surroundings_of(terms, vectors, language)
    near = nearness(terms, around)
    neighbours = related(near)
    synonyms = synonyms_of(terms, vectors)
    importance = importances(terms)
    groups = groups_of(terms, importance, around)
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
    """Return how important each term is, 0..1, the best of each kind 1. Scores fall steeply: their roots are taken."""
    best = {kind: max(term.score for term in terms if term.kind is kind) for kind in {term.kind for term in terms}}
    return [round(math.sqrt(term.score / best[term.kind]), 3) for term in terms]
