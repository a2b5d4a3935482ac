"""What a job tells of itself: its `data`."""

from collections import Counter
from typing import Any

from mediamill.services.documents.audio import Sounds
from mediamill.services.documents.card import Cards
from mediamill.services.documents.ingest import Source
from mediamill.services.documents.term import Kind, Vocabulary


def of_source(source: Source) -> dict[str, Any]:
    """Return what was read."""
    survey = source.survey
    return {
        "title": survey.title,
        "kind": survey.kind.value,
        "language": source.language.code,
        "pages": survey.pages,
        "characters": survey.chars,
        "scanned_pages": (scanned := source.scanned_pages),
        "unread_pages": len(survey.scans) - scanned,
    }


def of_vocabulary(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what was found. stages: what each stage kept and dropped."""
    kinds = Counter(entry.term.kind for entry in vocabulary.entries)
    return {
        "phrases": kinds[Kind.PHRASE],
        "words": kinds[Kind.WORD],
        "clusters": len(vocabulary.clusters),
        "stages": {name: dict(counts) for name, counts in vocabulary.stages.items()},
    }


def of_cards(cards: Cards) -> dict[str, Any]:
    """Return what was made."""
    return {
        "cards": len(cards.cards),
        "definitions": dict(Counter(card.definition_source.value for card in cards.cards)),
        "translated": sum(bool(card.translation) for card in cards.cards),
    }


def of_sounds(sounds: Sounds) -> dict[str, Any]:
    """Return what was said, and what was not. complete: all of it was."""
    return {
        "voice": sounds.voice,
        "sounds": len(sounds.files),
        "silent": sounds.silent,
        "complete": not (sounds.silent or sounds.left_out),
    }
