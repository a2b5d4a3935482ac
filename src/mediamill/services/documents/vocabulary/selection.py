"""Which of the candidates are kept: the best ones, each of them something of its own, as many as were asked for."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.count import Count

#: A longer phrase is something else than the shorter one within it when it is met so often by itself.
_OF_ITS_OWN: Final = 3
#: ... and this often beside the shorter one.
_SHARE: Final = 0.25
#: Letters that words of one family begin with.
_STEM: Final = 5
#: Phrases with one word in common: so many, and one more for each so many asked for.
_ALIKE: Final = 2
_ALIKE_OF: Final = 20


class Scored(NamedTuple):
    """A candidate and its worth."""

    candidate: Candidate
    score: float


Known = Callable[[str], bool]


def best_phrases(scored: Sequence[Scored], wanted: int, known: Known, count: Count) -> list[Scored]:
    """Return the best phrases, best first. Those too much like kept ones come last, when there is room for them.

    known: whether a dictionary has a phrase: then it is something of its own.
    """
    kept: list[Scored] = []
    spare: list[Scored] = []
    shared = Counter[str]()
    most = _ALIKE + wanted // _ALIKE_OF
    for each in scored:
        words = each.candidate.words
        if any(_same(each.candidate, other.candidate, known) for other in kept):
            count.drop("within_another")
        elif len(kept) >= wanted:
            count.drop("over_quota")
        elif any(shared[word] >= most for word in words):
            spare.append(each)
        else:
            kept.append(each)
            shared.update(words)
    return _filled(kept, spare, wanted, count)


def best_words(scored: Sequence[Scored], wanted: int, phrases: Sequence[Scored], count: Count) -> list[Scored]:
    """Return the best words, best first. Those that a kept phrase has, or of the family of a kept word, come last."""
    said = {word for each in phrases for word in each.candidate.words}
    kept: list[Scored] = []
    spare: list[Scored] = []
    stems = set[str]()
    seen = set[str]()
    for each in scored:
        lemma = each.candidate.lemma
        if lemma in seen:
            count.drop("other_part_of_speech")
            continue
        seen.add(lemma)
        if len(kept) >= wanted:
            count.drop("over_quota")
        elif lemma in said or lemma[:_STEM] in stems:
            spare.append(each)
        else:
            kept.append(each)
            stems.add(lemma[:_STEM])
    return _filled(kept, spare, wanted, count)


def _filled(kept: list[Scored], spare: list[Scored], wanted: int, count: Count) -> list[Scored]:
    room = wanted - len(kept)
    chosen = sorted([*kept, *spare[:room]], key=lambda each: -each.score)
    count.keep(len(chosen))
    if len(spare) > room:
        count.drop("like_others", len(spare) - room)
    return chosen


def _same(new: Candidate, kept: Candidate, known: Known) -> bool:
    """Say whether one of two phrases is hardly more than the other."""
    if frozenset(new.words) == frozenset(kept.words):
        return True
    longer, shorter = (new, kept) if len(new.words) > len(kept.words) else (kept, new)
    if not _contains(longer.words, shorter.words):
        return False
    if known(new.lemma):
        return False
    if longer is new:
        return longer.alone < max(_OF_ITS_OWN, _SHARE * shorter.count)
    return shorter.alone < max(_OF_ITS_OWN, longer.count)


def _contains(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    many = len(shorter)
    return any(longer[at : at + many] == shorter for at in range(len(longer) - many + 1))
