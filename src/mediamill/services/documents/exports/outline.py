"""What a mind map shows: a title, its clusters, and the terms of each."""

from dataclasses import dataclass
from typing import Final

from mediamill.services.documents.card import Cards
from mediamill.services.documents.term import Vocabulary

_UNTITLED: Final = "Vocabulary"
#: A meaning on a map is a reminder.
_MEANING_CHARS: Final = 80


@dataclass(frozen=True)
class Leaf:
    """A term. meaning: cut short; "": there is none."""

    word: str
    meaning: str = ""


@dataclass(frozen=True)
class Branch:
    """A cluster."""

    name: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Outline:
    """All of it, the most important branch first."""

    title: str
    branches: tuple[Branch, ...]


def of_cards(cards: Cards) -> Outline:
    """Return the outline of cards, with their meanings."""
    names = {card.cluster_id: card.cluster_name for card in sorted(cards.cards, key=lambda card: card.cluster_rank)}
    branches = tuple(
        Branch(name, tuple(Leaf(card.word, _short(card.meaning)) for card in cards.cards if card.cluster_id == number))
        for number, name in names.items()
    )
    return Outline(cards.title or _UNTITLED, branches)


def of_vocabulary(vocabulary: Vocabulary, title: str) -> Outline:
    """Return the outline of what was found in a document, before there are meanings."""
    branches = tuple(
        Branch(each.name, tuple(Leaf(entry.term.text) for entry in vocabulary.entries if entry.cluster == each.id))
        for each in sorted(vocabulary.clusters, key=lambda cluster: cluster.rank)
    )
    return Outline(title or _UNTITLED, tuple(branch for branch in branches if branch.leaves))


def _short(meaning: str) -> str:
    """Return the meaning up to its first semicolon, or as many whole words as fit."""
    first = meaning.split(";", maxsplit=1)[0].strip()
    if len(first) <= _MEANING_CHARS:
        return first
    return first[: _MEANING_CHARS - 1].rsplit(" ", 1)[0].rstrip(" ,.:(") + "…"
