"""What stands in the fields of a note of Anki: HTML, made of texts that may hold anything."""

import html
import re
from collections.abc import Mapping
from typing import Final

from mediamill.services.documents.card import Card
from mediamill.services.documents.examples import GAP

#: In the order in which Anki has them. A deck that was imported before has these too: a new one needs another model.
NAMES: Final = (
    "Key",
    "Term",
    "Part",
    "IPA_US",
    "IPA_UK",
    "Definition",
    "Translation",
    "Example",
    "ExampleCloze",
    "Synonyms",
    "Related",
    "Cluster",
    "Level",
    "Source",
    "AudioTerm",
    "AudioExample",
)
#: Anki reads [sound:..], [latex] and {{..}} where they stand, so that none of a text's own may stand there.
_ANKIS: Final = str.maketrans({"[": "&#91;", "]": "&#93;", "{": "&#123;", "}": "&#125;"})
_SHOWN_GAP: Final = '<b class="gap">_____</b>'
_ARTICLE: Final = re.compile(r"\b([Aa])\\\(n\\\)")


def fields(card: Card, sounds: Mapping[str, str]) -> list[str]:
    """Return the fields of a card, in the order of NAMES. sounds: its audio files -> their names in the deck."""
    known = {
        "Key": card.id,
        "Term": escaped(card.word),
        "Part": escaped(card.part_of_speech),
        "IPA_US": escaped(card.ipa_us),
        "IPA_UK": escaped(card.ipa_uk),
        "Definition": escaped(card.meaning),
        "Translation": escaped(card.translation),
        "Example": shown(card.example, card.cloze),
        "ExampleCloze": escaped(card.cloze).replace(GAP, _SHOWN_GAP),
        "Synonyms": escaped(", ".join(each.word for each in card.synonyms)),
        "Related": escaped(", ".join(card.related_words)),
        "Cluster": escaped(card.cluster_name),
        "Level": card.level.value,
        "Source": escaped(card.example_source),
        "AudioTerm": _sound(card.audio_word, sounds),
        "AudioExample": _sound(card.audio_example, sounds),
    }
    return [known[name] for name in NAMES]


def escaped(text: str) -> str:
    """Return a text as HTML in which Anki finds nothing of its own; its lines in one."""
    return html.escape(" ".join(text.split()), quote=False).translate(_ANKIS)


def shown(example: str, cloze: str) -> str:
    """Return an example as HTML, with what is a gap in its cloze in bold."""
    if not cloze:
        return escaped(example)
    parts = _parted(example, cloze)
    if parts is None:  # a client wrote another one
        return escaped(example)
    return "".join(f"<b>{escaped(part)}</b>" if place % 2 else _spaced(part) for place, part in enumerate(parts))


def _parted(example: str, cloze: str) -> list[str] | None:
    """Return the parts of an example of which every second one is a gap in its cloze; None where it is of another one.

    Each part of the cloze is looked for once, at the first place where it can be: one expression of all of them would
    try them at all others as well, and a client sends both texts.
    """
    pieces = cloze.split(GAP)
    parts, place = list[str](), 0
    for number, piece in enumerate(pieces):
        found = _found(piece, example, place + bool(number), last=number == len(pieces) - 1)
        if found is None or (number == 0 and found[0] > 0):
            return None
        start, end = found
        parts += [example[place:start], example[start:end]] if number else [example[start:end]]
        place = end
    return parts


def _found(piece: str, example: str, place: int, *, last: bool) -> tuple[int, int] | None:
    """Return where a part of a cloze stands from a place on: the first one, or of the last part its end."""
    if "(n)" in piece:  # it stands for "a" as well as for "an"
        found = re.compile(_ARTICLE.sub(r"\1n?", re.escape(piece)) + r"\Z" * last).search(example, place)
        return found.span() if found else None
    start = max(len(example) - len(piece), place) if last else example.find(piece, place)
    return (start, start + len(piece)) if start >= 0 and example.startswith(piece, start) else None


def _spaced(text: str) -> str:
    """Return a piece of a text escaped, with the blanks at its ends."""
    left, right = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{left}{escaped(text)}{right}" if text.strip() else left


def _sound(file: str | None, sounds: Mapping[str, str]) -> str:
    name = sounds.get(file) if file else None
    return f"[sound:{name}]" if name else ""
