"""From what was found in a document to cards, in the order in which they are learnt."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from mediamill import Context
from mediamill.media.documents import Survey
from mediamill.media.lexicon.ipa import Accent
from mediamill.services.documents.card import (
    LONGEST_IPA_CHARS,
    LONGEST_TERM_CHARS,
    LONGEST_TEXT_CHARS,
    Card,
    Cards,
    Difficulty,
    Level,
    SynonymView,
    level_tag,
)
from mediamill.services.documents.examples import Example, examples
from mediamill.services.documents.languages import Language
from mediamill.services.documents.meanings import Meaning, meanings
from mediamill.services.documents.params import Params
from mediamill.services.documents.term import Cluster, Entry, Part, Role, Sentence, Term, Vocabulary

_ID_DIGITS: Final = 16
_LONGEST_TITLE: Final = 200
_MOST_SYNONYMS: Final = 6
_MOST_RELATED: Final = 5
_PARTS: Final = {Part.NOUN: "n", Part.VERB: "v", Part.ADJECTIVE: "a", Part.ADVERB: "r"}
#: A heading that is a sentence tells where, by its beginning.
_LONGEST_HEADING: Final = 80


@dataclass(frozen=True)
class Made:
    """The cards. fault: why the language model told fewer meanings than it was asked for; ""."""

    cards: Cards
    fault: str = ""


@dataclass(frozen=True)
class _Parts:
    """What one card is made of. ipa: American, British."""

    entry: Entry
    cluster: Cluster
    example: Example
    meaning: Meaning
    ipa: tuple[str, str]
    synonyms: tuple[SynonymView, ...]


def made(  # noqa: PLR0913, PLR0917 - what cards are made of, and two ways to tell
    vocabulary: Vocabulary,
    survey: Survey,
    language: Language,
    params: Params,
    ctx: Context,
    tell: Callable[[float], None],
) -> Made:
    """Return a card for each entry, without audio: the most important cluster first, in it what stands for it first.

    Raises PermanentError with code DICTIONARY_UNREADABLE.
    """
    entries = _in_order(vocabulary)
    terms = [entry.term for entry in entries]
    told = meanings(terms, language, params.translate, ctx, tell)
    clusters = {cluster.id: cluster for cluster in vocabulary.clusters}
    rows = zip(
        entries,
        (clusters[entry.cluster] for entry in entries),
        examples(terms, [meaning.text for meaning in told.of]),
        told.of,
        _pronounced(terms, language),
        _synonyms(entries, told.of, language),
        strict=True,
    )
    cards = tuple(_card(_Parts(*row), survey.digest, language) for row in rows)
    counted = Counter(card.definition_source.value for card in cards)
    ctx.log("cards.made", cards=len(cards), **counted)
    title = " ".join(survey.title.split())[:_LONGEST_TITLE]
    return Made(Cards(title=title, document=survey.digest, language=language.code, cards=cards), told.fault)


def _in_order(vocabulary: Vocabulary) -> list[Entry]:
    """Return the entries as they are learnt; of those that are written alike, the most important one."""
    ranks = {cluster.id: cluster.rank for cluster in vocabulary.clusters}
    best = {entry.term.text: entry for entry in sorted(vocabulary.entries, key=lambda entry: entry.importance)}
    return sorted(
        best.values(), key=lambda entry: (ranks[entry.cluster], entry.role is not Role.CORE, -entry.importance)
    )


def _pronounced(terms: Sequence[Term], language: Language) -> Iterator[tuple[str, str]]:
    """Yield the American and the British pronunciation of each term; "" for what is spelt out over several lines."""
    words = [term.text for term in terms]
    told = (language.ipa(words, accent) for accent in (Accent.US, Accent.UK))
    us, uk = ([each if len(each) <= LONGEST_IPA_CHARS else "" for each in of] for of in told)
    return zip(us, uk, strict=True)


def _synonyms(entries: Sequence[Entry], told: Sequence[Meaning], language: Language) -> list[tuple[SynonymView, ...]]:
    """Return the synonyms of each entry: the document's, then those of its meaning, by how near they are."""
    pairs = [(entry.term.text, word) for entry, meaning in zip(entries, told, strict=True) for word in meaning.synonyms]
    near = language.vectors([text for pair in pairs for text in pair])
    alike = {pair: float(near[2 * place] @ near[2 * place + 1]) for place, pair in enumerate(pairs)}
    texts = {entry.term.text for entry in entries}
    return [_views(entry, meaning, alike, texts) for entry, meaning in zip(entries, told, strict=True)]


def _views(
    entry: Entry, meaning: Meaning, alike: Mapping[tuple[str, str], float], texts: AbstractSet[str]
) -> tuple[SynonymView, ...]:
    text = entry.term.text
    # Of the dictionary's, those of the meaning that the card tells.
    known = {word.lower(): (word, similarity) for word, similarity in entry.synonyms if word in texts}
    others = sorted(((word, alike[text, word]) for word in meaning.synonyms), key=lambda each: -each[1])
    for word, similarity in others:
        known.setdefault(word.lower(), (word, similarity))
    known.pop(text.lower(), None)
    return tuple(
        SynonymView(word=word[:LONGEST_TERM_CHARS], similarity=round(min(max(similarity, 0.0), 1.0), 3))
        for word, similarity in list(known.values())[:_MOST_SYNONYMS]
    )


def _card(parts: _Parts, digest: str, language: Language) -> Card:
    term, cluster, example, meaning = parts.entry.term, parts.cluster, parts.example, parts.meaning
    us, uk = parts.ipa
    level = Level(language.level(term.text, _PARTS[term.part]))
    return Card(
        id=hashlib.sha256(f"{digest}\0{term.text}".encode()).hexdigest()[:_ID_DIGITS],
        word=term.text[:LONGEST_TERM_CHARS],
        word_type=term.kind,
        part_of_speech=term.part,
        meaning=meaning.text[:LONGEST_TEXT_CHARS],
        definition_source=meaning.by,
        translation=meaning.translation[:LONGEST_TEXT_CHARS],
        example=example.sentence.text[:LONGEST_TEXT_CHARS],
        example_source=_source(example.sentence),
        cloze=example.cloze[:LONGEST_TEXT_CHARS],
        ipa=us,
        ipa_us=us,
        ipa_uk=uk,
        synonyms=parts.synonyms,
        related_words=tuple(word[:LONGEST_TERM_CHARS] for word in parts.entry.related[:_MOST_RELATED]),
        cluster_id=cluster.id,
        cluster_name=cluster.name[:LONGEST_TERM_CHARS],
        cluster_rank=cluster.rank,
        semantic_role=parts.entry.role,
        importance_score=round(min(max(parts.entry.importance, 0.0), 1.0), 4),
        level=level,
        difficulty=Difficulty.of(level),
        tags=_tags(term, level, cluster),
    )


def _tags(term: Term, level: Level, cluster: Cluster) -> tuple[str, ...]:
    """Return tags as Anki has them: without blanks, their parts behind colons."""
    name = "_".join(cluster.name.replace("::", " ").split())
    tags = (level_tag(level), f"type::{term.kind.value}", f"cluster::{name}")
    return tuple(tag[:LONGEST_TERM_CHARS] for tag in tags)


def _source(sentence: Sentence) -> str:
    """Return where a sentence stands: "The dance, page 3"."""
    heading = " ".join(sentence.heading.split())
    if len(heading) > _LONGEST_HEADING:
        heading = heading[:_LONGEST_HEADING].rsplit(" ", 1)[0].rstrip(" ,:;(") + "…"
    return ", ".join(filter(None, (heading, f"page {sentence.page}" if sentence.page else "")))
