"""What was found in a document: terms, and how they belong together."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a term is."""

    PHRASE = "phrase"
    WORD = "word"


class Part(StrEnum):
    """Part of speech."""

    NOUN = "noun"
    VERB = "verb"
    ADJECTIVE = "adjective"
    ADVERB = "adverb"


class Role(StrEnum):
    """What a term is in its cluster: the one that stands for it, or one of those below it."""

    CORE = "core"
    UMBRELLA = "umbrella"


class Sentence(NamedTuple):
    """A sentence of the document, and where it stands; see Passage."""

    text: str
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True)
class Term:
    """A phrase or a word that is worth learning.

    text: as a dictionary has it: the last word of a phrase in its singular, a verb without its ending; with capitals
        only where it is always written so.
    forms: as it stands in the document, the most frequent one first; at least one.
    sentences: of those it stands in, the few that may explain or show it, in the document's order; at least one.
    score: how much it is worth beside the others of its kind, above 0.
    """

    text: str
    kind: Kind
    part: Part
    count: int
    score: float
    forms: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    headings: tuple[str, ...] = ()


class Synonym(NamedTuple):
    """Another word for a term. similarity: 0..1."""

    word: str
    similarity: float


@dataclass(frozen=True)
class Entry:
    """A term among the others. related: three to five of their texts, nearest first; fewer where there are few.

    importance: 0..1, of all entries. cluster: its id.
    """

    term: Term
    importance: float
    synonyms: tuple[Synonym, ...]
    related: tuple[str, ...]
    cluster: int
    role: Role


@dataclass(frozen=True)
class Cluster:
    """Terms about one thing. id: from 0, in the order of rank. rank: from 1, the most important one. name: its core."""

    id: int
    name: str
    rank: int


#: Of an edge: one may stand for the other.
SYNONYM: Final = "synonym"


class Edge(NamedTuple):
    """Two entries, by their texts, that belong together. weight: 0..1. kind: `related`, `synonym` or `cluster`."""

    source: str
    target: str
    weight: float
    kind: str


@dataclass(frozen=True)
class Vocabulary:
    """All that was found. entries: phrases before words, each the best first.

    stages: what each stage of the work kept and dropped, and why: `{"phrases": {"kept": 40, "seen_once": 812}}`.
    """

    entries: tuple[Entry, ...]
    clusters: tuple[Cluster, ...]
    edges: tuple[Edge, ...]
    stages: Mapping[str, Mapping[str, int]]
