"""The words and examples of cards as sound, one file each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill import Context, InvalidInput, PermanentError
from mediamill.media.voices.catalog import voice_for
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.script import Cast, Script, plan
from mediamill.media.voices.speak import speak
from mediamill.services.documents.card import Card, Cards

_FOLDER: Final = "audio"
_BRACKETS: Final = str.maketrans("[]", "()")


@dataclass(frozen=True)
class Sounds:
    """What was said.

    cards: the same ones, with the names of their sounds; None where there is none. files: those names -> MP3, mono,
    32 kbit/s. silent: words and examples that no voice could say. left_out: those that were not begun, for the job was
    asked to finish early. voice: who says them by default.
    """

    cards: Cards
    files: Mapping[str, Path]
    silent: int
    left_out: int
    voice: str


@dataclass(frozen=True)
class _Clip:
    """One file. field: of the card."""

    card: int
    field: str
    name: str
    text: str


def spoken(cards: Cards, voice: str | None, ctx: Context, tell: Callable[[float], None]) -> Sounds:
    """Say the word and the example of each card. Sentences that were ever said come from the cache.

    voice: its name; None: the one that reads the cards' language. A text that no voice can say costs its own sound
    only. Raises RetryableError with code VOICE_AWAY where nobody can say anything now.
    """
    clips = _clips(cards)
    made, silent = dict[str, Path](), set[str]()
    for done, clip in enumerate(clips):
        tell(done / len(clips))
        ctx.check()
        if ctx.stopping:
            break
        path = _clip(clip, voice, cards.language, ctx)
        if path is None:
            silent.add(clip.name)
        else:
            made[clip.name] = path
    tell(1.0)
    if silent:
        ctx.log("cards.silent", clips=len(silent))
    return Sounds(
        cards=cards.model_copy(update={"cards": _named(cards, clips, made)}),
        files=made,
        silent=len(silent),
        left_out=len(clips) - len(made) - len(silent),
        voice=voice or voice_for(cards.language).name,
    )


def unspoken(cards: Cards) -> Cards:
    """Return cards that name no sounds: those of another job are not among this one's files."""
    return cards.model_copy(update={"cards": _named(cards, [], {})})


def _clips(cards: Cards) -> list[_Clip]:
    return [
        _Clip(number, f"audio_{kind}", f"{_FOLDER}/{card.id}-{kind}.mp3", text)
        for number, card in enumerate(cards.cards)
        for kind, text in (("word", card.word), ("example", card.example))
        if text
    ]


def _named(cards: Cards, clips: list[_Clip], made: Mapping[str, Path]) -> tuple[Card, ...]:
    names: list[dict[str, str | None]] = [{"audio_word": None, "audio_example": None} for _ in cards.cards]
    for clip in clips:
        names[clip.card][clip.field] = clip.name if clip.name in made else None
    return tuple(card.model_copy(update=each) for card, each in zip(cards.cards, names, strict=True))


def _clip(clip: _Clip, voice: str | None, language: str, ctx: Context) -> Path | None:
    """Return the sound of a text, or None where no voice can say it."""
    path = ctx.scratch / clip.name
    path.parent.mkdir(exist_ok=True)
    try:
        script = _script(clip.text, voice, language)
        with sound_file(path, Format.MP3, small=True) as file:
            speak(script, ctx, file, after_line=lambda _done, _lines: None)
    except (InvalidInput, PermanentError):
        path.unlink(missing_ok=True)
        return None
    return path


def _script(text: str, voice: str | None, language: str) -> Script:
    # In brackets a text may ask for pauses, and for other voices; that of a document may not.
    plain = text.translate(_BRACKETS)
    return plan(plain, cast=Cast.of({voice: voice}) if voice else None, language=language)
