"""A deck for Anki: one note a card, in a deck below the document's for each cluster."""

import functools
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.media.digests import digest_of
from mediamill.services.documents.card import Card, Cards
from mediamill.services.documents.exports import apkg
from mediamill.services.documents.exports.fields import NAMES, escaped, fields

if TYPE_CHECKING:
    import genanki  # type: ignore[import-untyped]

#: Of the kind of note. Anki knows it again by this: never another one, unless NAMES or the templates' names change.
_MODEL: Final = 1_793_561_204
_MODEL_NAME: Final = "mediamill vocabulary"
_UNTITLED: Final = "Vocabulary"
_LONGEST_NAME: Final = 100
#: Anki's ids are numbers that JavaScript can hold.
_ID_DIGITS: Final = 12
_DIGEST_DIGITS: Final = 24
#: They part decks, and one's name from the next one's.
_COLONS: Final = re.compile(r"\s*:{2,}\s*")


def deck(cards: Cards, sounds: Mapping[str, Path], to: Path) -> None:
    """Write the cards as `to`, an .apkg.

    sounds: `audio_word` and `audio_example` of the cards -> files; a card whose file is not among them has no sound.
    Anki takes a note that it has already only where the card's `changed_s` is later than the note's last change. The
    same cards and sounds are the same bytes.
    """
    names = {
        name: f"mediamill-{digest_of(path)[:_DIGEST_DIGITS]}{path.suffix}" for name, path in sorted(sounds.items())
    }
    kept = {names[name]: path for name, path in sorted(sounds.items())}
    apkg.write(_decks(cards, names), kept, to, {card.id: card.changed_s or 0 for card in cards.cards})


def _decks(cards: Cards, sounds: Mapping[str, str]) -> list["genanki.Deck"]:
    """Return the document's deck and those below it. A card's number, from 1, is when it is learnt."""
    import genanki  # noqa: PLC0415 - only who makes a deck needs it

    title = _name(cards.title) or _UNTITLED
    made = {title: genanki.Deck(_id(cards.document, ""), title)}
    model = _model()
    for number, card in enumerate(cards.cards, 1):
        name = f"{title}::{_name(card.cluster_name) or _UNTITLED}"
        below = made.setdefault(name, genanki.Deck(_id(cards.document, name), name))
        below.add_note(_note(card, model, sounds, number))
    return list(made.values())


def _note(card: Card, model: "genanki.Model", sounds: Mapping[str, str], number: int) -> "genanki.Note":
    import genanki  # noqa: PLC0415 - see above

    tags = ["_".join(tag.split()) for tag in card.tags]
    return genanki.Note(model, fields(card, sounds), sort_field=escaped(card.word), tags=tags, guid=card.id, due=number)


@functools.cache
def _model() -> "genanki.Model":
    """Return the kind of note; genanki tries all fields in its templates, once."""
    import genanki  # noqa: PLC0415 - see above

    return genanki.Model(
        _MODEL,
        _MODEL_NAME,
        fields=[{"name": name} for name in NAMES],
        templates=[_template("Recognition"), _template("Production")],
        css=_text("style.css"),
        sort_field_index=NAMES.index("Term"),
    )


def _template(name: str) -> dict[str, str]:
    sides = {"qfmt": "front", "afmt": "back"}
    return {"name": name, **{key: _text(f"{name.lower()}-{side}.html") for key, side in sides.items()}}


def _text(name: str) -> str:
    return (files(__package__) / "anki" / name).read_text(encoding="utf-8")


def _name(text: str) -> str:
    """Return a deck's name."""
    return _COLONS.sub(" - ", " ".join(text.split())).strip(" :-")[:_LONGEST_NAME].rstrip(" :-")


def _id(document: str, name: str) -> int:
    return int(hashlib.sha256(f"{document}\0{name}".encode()).hexdigest()[:_ID_DIGITS], 16)
