"""From a text to lines: who says which sentence, and what silence follows."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.catalog import voice_for, voice_named
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.evidence import is_vietnamese
from mediamill.media.voices.prose.language import language_of_text, languages_of_paragraph
from mediamill.media.voices.prose.sentences import Ending, Sentence, split
from mediamill.media.voices.voice import MULTILINGUAL, Voice

#: So much is looked through while a client waits for its 202.
_SHORT_CHARS: Final = 4_000
#: The longest `[pause 30s]`.
LONGEST_PAUSE_S: Final = 30.0
#: All silences of a text together: more is no text with pauses, but a disk full of nothing.
LONGEST_SILENCE_S: Final = 86_400.0
#: `[pause 1.5s]`, `[pause 500 ms]`, `[pause]`: of one second when it does not say.
_PAUSE: Final = re.compile(r"\[pause(?:\s{1,3}(\d{1,20}(?:[.,]\d{1,20})?)\s?(ms|s)?)?\]", re.IGNORECASE)
_PAUSE_S: Final = 1.0
_PAUSES: Final = re.compile(rf"\s*(?:{_PAUSE.pattern}\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A sentence, or a part of a very long one, and the voice that says it.

    language: of the text, a base language such as `vi`. paragraph: counted from 0.
    pause_s: the silence after it, where the text asks for one; None: the usual one of its ending.
    """

    text: str
    voice: Voice
    language: str
    ending: Ending = Ending.PARAGRAPH
    paragraph: int = 0
    pause_s: float | None = None


@dataclass(frozen=True)
class Script:
    """What is said, in order. lead_s: the silence before it. There is one line at least."""

    lines: tuple[Line, ...]
    lead_s: float = 0.0


@dataclass(frozen=True)
class Cast:
    """Who may speak: name -> voice. A line that begins with `[name]` gives the word to that voice.

    The first has it until then. Empty: every sentence gets the voice of its language.
    """

    voices: Mapping[str, Voice]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> "Cast":
        """Return a cast of name -> voice's name. Raises InvalidInput for a voice that there is not."""
        return cls({name: voice_named(voice) for name, voice in names.items()})

    @property
    def first(self) -> Voice | None:
        """Who speaks first."""
        return next(iter(self.voices.values()), None)


@dataclass(frozen=True)
class Place:
    """Where a text stands that is a section of a longer one.

    language: of most of the whole. speaker: of the cast, who has the word where it begins; "": the first.
    """

    language: str
    speaker: str = ""


@dataclass(frozen=True)
class _Turn:
    """What one speaker says, up to the next speaker or a pause of the text's own."""

    speaker: Voice | None
    text: str
    pause_s: float | None


def plan(text: str, *, cast: Cast | None = None, language: str | None = None, place: Place | None = None) -> Script:
    """Split a text into lines and find a voice for each.

    cast: a voice reads the sentences in its language and all whose language is not clear; other
        sentences get the voice of theirs. language: taken as given, but plainly Vietnamese sentences
        stay Vietnamese. Without both, the language of each sentence is detected. place: the text is a
        section of a longer one, in which others of the cast may speak.
    Raises InvalidInput when there is nothing to say, or nothing that a voice of the cast could read,
    no voice for the language, or a pause of more than LONGEST_PAUSE_S.
    """
    cast = cast or Cast({})
    turns = list(_turns(normalise.plain(text), cast, place.speaker if place else ""))
    words = " ".join(turn.text for turn in turns)
    if not normalise.speakable(words):
        raise InvalidInput("there is nothing to say in the text: no letter and no digit", field="text")
    given = voice_for(language).base_language if language else None
    main = given or _language_of(cast.first) or (place.language if place else language_of_text(words))
    fallback = voice_for(language or main)
    lead_s, lines, paragraph = 0.0, list[Line](), 0
    for turn in turns:
        reader = turn.speaker or fallback
        spoken_in = given or _language_of(turn.speaker) or main
        said = list(_lines(turn.text, reader, spoken_in, detect=given is None))
        lines += (replace(line, paragraph=paragraph + line.paragraph) for line in said)
        if said:
            paragraph += said[-1].paragraph + (turn.pause_s is None)
        if turn.pause_s is not None and lines:
            lines[-1] = replace(lines[-1], pause_s=(lines[-1].pause_s or 0.0) + turn.pause_s)
        elif turn.pause_s is not None:
            lead_s += turn.pause_s
    if place is None:
        _check_heard(turns, lines)
    return Script(tuple(lines), lead_s)


def asked_silence_s(text: str, *, field: str = "text") -> float:
    """Return what the pauses that a text asks for come to. Raises InvalidInput for one of more than LONGEST_PAUSE_S."""
    return sum(_seconds(mark, field) for mark in _PAUSE.finditer(text))


def too_silent(silence_s: float, *, field: str = "text") -> InvalidInput:
    """Return the refusal of a text whose silences come to more than LONGEST_SILENCE_S."""
    hours, limit = silence_s / 3600, LONGEST_SILENCE_S / 3600
    return InvalidInput(f"the pauses come to {hours:,.1f} hours; {limit:.0f} are the limit", field=field)


def without_marks(text: str, cast: Cast) -> str:
    """Return a plain text without its pauses, and without the names that give the word."""
    return _marks(cast).sub(" ", text)


def behind_pauses(text: str, place: int) -> int:
    """Return the place behind the pauses that a text asks for at `place`; `place` where it asks for none."""
    found = _PAUSES.match(text, place)
    return found.end() if found else place


def last_speaker(text: str, cast: Cast, before: str = "") -> str:
    """Return the name of who has the word at the end of a plain text. before: who has it where it begins."""
    names = [name for mark in _marks(cast).finditer(text) if (name := mark.groupdict().get("name"))]
    return _same(names[-1], cast) if names else before


def _turns(text: str, cast: Cast, first: str) -> Iterator[_Turn]:
    """Cut a text where somebody else speaks and where it asks for a pause."""
    speaker = cast.voices[first] if first else cast.first
    marks = _marks(cast)
    place = 0
    for mark in marks.finditer(text):
        name = mark.groupdict().get("name")
        words = text[place : mark.start()]
        place = mark.end()
        if name is None:
            yield _Turn(speaker, words, _seconds(mark))
        else:
            if words.strip():
                yield _Turn(speaker, words, None)
            speaker = cast.voices[_same(name, cast)]
    yield _Turn(speaker, text[place:], None)


def _marks(cast: Cast) -> re.Pattern[str]:
    if not cast.voices:
        return _PAUSE
    spellings = {*cast.voices, *(name.casefold() for name in cast.voices)}  # STRASSE is no straße to a pattern
    names = "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))
    return re.compile(rf"{_PAUSE.pattern}|^[ \t]*\[(?P<name>{names})\][ \t]*:?", re.IGNORECASE | re.MULTILINE)


def _same(name: str, cast: Cast) -> str:
    """Return the name as the cast has it. Some letters match a pattern in a case that they do not fold to, as in İ."""
    folded = name.casefold()
    return next(
        each for each in cast.voices if each.casefold() == folded or re.fullmatch(re.escape(each), name, re.IGNORECASE)
    )


def _seconds(mark: re.Match[str], field: str = "text") -> float:
    number, unit = mark.group(1), (mark.group(2) or "s").lower()
    seconds = float(number.replace(",", ".")) / (1000 if unit == "ms" else 1) if number else _PAUSE_S
    if seconds > LONGEST_PAUSE_S:
        raise InvalidInput(f"the text has {mark.group(0)}; a pause is {LONGEST_PAUSE_S:g} s at most", field=field)
    return seconds


def _language_of(voice: Voice | None) -> str | None:
    """Return the one language that a voice reads."""
    return None if voice is None or voice.base_language == MULTILINGUAL else voice.base_language


def _lines(text: str, reader: Voice, main: str, *, detect: bool) -> Iterator[Line]:
    for sentence, language in _in_languages(text, main, detect=detect):
        voice = reader if reader.reads(language) else voice_for(language)
        yield Line(sentence.text, voice, language, sentence.ending, sentence.paragraph)


def _in_languages(text: str, main: str, *, detect: bool) -> Iterator[tuple[Sentence, str]]:
    """Yield what can be said, with its language."""
    for _, group in itertools.groupby(split(text), key=lambda sentence: sentence.paragraph):
        sentences = [sentence for sentence in group if normalise.speakable(sentence.text)]
        languages = languages_of_paragraph([sentence.text for sentence in sentences], main, detect=detect)
        yield from zip(sentences, languages, strict=True)


def check_vietnamese(text: str, voice: Voice) -> None:
    """Raise InvalidInput when a short text is plainly Vietnamese, all of it, and the voice reads another language.

    What `plan` would refuse; this loads no model, so that it can be asked before a request is accepted.
    """
    if len(text) > _SHORT_CHARS or voice.reads("vi"):
        return
    sentences = [sentence.text for sentence in split(normalise.plain(text)) if normalise.speakable(sentence.text)]
    if sentences and all(is_vietnamese(sentence) for sentence in sentences):
        raise _unheard(voice, voice_for("vi"))


def _check_heard(turns: list[_Turn], lines: list[Line]) -> None:
    """Refuse a voice that was chosen and could say nothing of what it was given."""
    given = {turn.speaker.name: turn.speaker for turn in turns if turn.speaker and normalise.speakable(turn.text)}
    heard = {line.voice.name for line in lines}
    unheard = next((voice for voice in given.values() if voice.name not in heard), None)
    if unheard is None:
        return
    if len(given) > 1:
        raise InvalidInput(
            f"the voice {unheard.name} reads {unheard.base_language}, and nothing that it is to say is in it",
            field="voice",
        )
    raise _unheard(unheard, lines[0].voice)


def _unheard(voice: Voice, other: Voice) -> InvalidInput:
    return InvalidInput(
        f"the voice {voice.name} reads {voice.base_language}, and the text is in {other.base_language}: "
        f"leave the voice out, or choose {other.name}",
        field="voice",
    )
