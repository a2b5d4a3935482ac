"""The graph of what was found: terms, how they belong together, and their clusters."""

from collections.abc import Set as AbstractSet
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from mediamill.services.documents.card import Cards
from mediamill.services.documents.term import SYNONYM, Kind, Part, Role, Vocabulary


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(_Frozen):
    """A term. card: the id of its card, where one was made. count: how often it stands in the document."""

    id: str = Field(description="The term itself.")
    kind: Kind
    part: Part
    count: int
    importance: float
    cluster: int
    role: Role
    card: str | None = None


class Link(_Frozen):
    """Two terms that belong together. weight: 0..1. kind: `related`, `synonym` or `cluster`."""

    source: str
    target: str
    weight: float
    kind: str


class Group(_Frozen):
    """A cluster. rank: from 1, the most important one."""

    id: int
    name: str
    rank: int


class Graph(_Frozen):
    """The file `graph.json`."""

    title: str
    document: str
    language: str
    nodes: tuple[Node, ...]
    edges: tuple[Link, ...]
    clusters: tuple[Group, ...]


def graph(vocabulary: Vocabulary, cards: Cards, to: Path) -> None:
    """Write the graph as `to`, JSON in the form of Graph. cards: what was made of it; they may be none."""
    made = {card.word: card.id for card in cards.cards}
    checked = _synonyms(cards)
    whole = Graph(
        title=cards.title,
        document=cards.document,
        language=cards.language,
        nodes=tuple(
            Node(
                id=entry.term.text,
                kind=entry.term.kind,
                part=entry.term.part,
                count=entry.term.count,
                importance=round(entry.importance, 4),
                cluster=entry.cluster,
                role=entry.role,
                card=made.get(entry.term.text),
            )
            for entry in vocabulary.entries
        ),
        edges=tuple(
            Link(
                source=edge.source,
                target=edge.target,
                weight=round(edge.weight, 4),
                kind=SYNONYM if {edge.source, edge.target} in checked else edge.kind,
            )
            for edge in vocabulary.edges
        ),
        clusters=tuple(Group(id=each.id, name=each.name, rank=each.rank) for each in vocabulary.clusters),
    )
    to.write_text(whole.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _synonyms(cards: Cards) -> AbstractSet[frozenset[str]]:
    """Return the pairs of words of which one is a synonym on the other's card: of the meaning that it has here."""
    return {frozenset((card.word, other.word)) for card in cards.cards for other in card.synonyms}
