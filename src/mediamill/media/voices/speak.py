"""From a text to a sound file: the way that speech, videos and documents share."""

import hashlib
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media.voices import encode, normalise, sound
from mediamill.media.voices.captions import Cue
from mediamill.media.voices.catalog import Voice, stand_in, voice_for, voice_named
from mediamill.media.voices.engines import engine_named
from mediamill.media.voices.formats import Format
from mediamill.media.voices.language import language_of_text, languages_of_paragraph
from mediamill.media.voices.sentences import Ending, Sentence, split
from mediamill.media.voices.sound import RATE_HZ, Pcm
from mediamill.media.voices.utterance import said

#: Seconds of silence after a piece, at speed 1.
_PAUSES_S: Final = {Ending.CLAUSE: 0.12, Ending.SENTENCE: 0.35, Ending.PARAGRAPH: 0.8}


@dataclass(frozen=True)
class Line:
    """A sentence, or a part of a very long one, and the voice that says it."""

    text: str
    voice: Voice
    ending: Ending
    paragraph: int


@dataclass(frozen=True)
class Spoken:
    """What was said.

    made, found: sentences that were synthesised, and those that the cache had.
    silent: sentences in which the engine found nothing to say.
    complete: False when somebody asked to finish early.
    """

    cues: Sequence[Cue]
    frames: int
    made: int
    found: int
    silent: int
    complete: bool

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return self.frames / RATE_HZ


def plan(text: str, *, voice: str | None = None, language: str | None = None) -> list[Line]:
    """Split a text into lines and find a voice for each.

    voice: reads the sentences in its language and all whose language is not clear; other sentences
        get the voice of theirs. language: taken as given, but plainly Vietnamese sentences stay
        Vietnamese. Without both, the language of each sentence is detected.
    Raises InvalidInput when there is nothing to say, or nothing that `voice` could read, or no voice
    for the language.
    """
    text = normalise.plain(text)
    if not normalise.speakable(text):
        raise InvalidInput("there is nothing to say in the text: no letter and no digit", field="text")
    chosen = voice_named(voice) if voice else None
    given = voice_for(language).base_language if language else None
    main = given or (chosen.base_language if chosen else None) or language_of_text(text)
    regional = chosen or voice_for(language or main)
    lines = []
    for sentence, spoken_in in _in_languages(text, main, detect=given is None):
        reader = regional if regional.base_language == spoken_in else voice_for(spoken_in)
        lines.append(Line(sentence.text, reader, sentence.ending, sentence.paragraph))
    if chosen and all(line.voice is not chosen for line in lines):
        raise InvalidInput(
            f"the voice {chosen.name} reads {chosen.base_language}, and the text is in "
            f"{lines[0].voice.base_language}: leave the voice out, or choose {lines[0].voice.name}",
            field="voice",
        )
    return lines


def _in_languages(text: str, main: str, *, detect: bool) -> Iterator[tuple[Sentence, str]]:
    """Yield what can be said, with its language."""
    for _, group in itertools.groupby(split(text), key=lambda sentence: sentence.paragraph):
        sentences = [sentence for sentence in group if normalise.speakable(sentence.text)]
        languages = languages_of_paragraph([sentence.text for sentence in sentences], main, detect=detect)
        yield from zip(sentences, languages, strict=True)


def speak(lines: Sequence[Line], ctx: Context, path: Path, form: Format, *, speed: float = 1.0) -> Spoken:
    """Say the lines into one sound file; each sentence comes from the cache if it was ever said.

    Memory does not grow with the text, but for the cues. Progress goes from 0 to 1.
    Raises PermanentError when an engine gives no sound for any line.
    """
    cues: list[Cue] = []
    made = silent = position = done = 0
    with encode.sound_file(path, form) as file:
        for line, wave, fresh in _waves(lines, ctx, speed):
            made += fresh
            done += 1
            if wave.size == 0:
                silent += 1
            else:
                cues.append(_cue(line, position, wave))
                pause = sound.silence(_PAUSES_S[line.ending] / speed if done < len(lines) else 0.0)
                file.write(wave)
                file.write(pause)
                position += wave.size + pause.size
            ctx.progress(done / len(lines), f"sentence {done} of {len(lines)}")
    if not cues:
        raise PermanentError("the voice made no sound of this text", code="NO_SOUND")
    return Spoken(cues, position, made, done - made, silent, complete=done == len(lines))


def _waves(lines: Sequence[Line], ctx: Context, speed: float) -> Iterator[tuple[Line, Pcm, bool]]:
    """Yield each line's sound, and whether it had to be made."""
    for i, line in enumerate(lines):
        ctx.check()
        if i > 0 and ctx.stopping:
            return
        wave, fresh = say(line.text, line.voice, ctx, speed=speed)
        yield line, wave, fresh


def say(text: str, voice: Voice, ctx: Context, *, speed: float = 1.0) -> tuple[Pcm, bool]:
    """Return one sentence as finished sound at RATE_HZ, and whether it had to be made."""
    fresh: list[Pcm] = []

    def make(draft: Path) -> None:
        fresh.append(_made(text, voice, ctx, speed))
        encode.keep(fresh[0], draft)

    path = ctx.cached(cache_key(text, voice, speed), make)
    if fresh:
        return fresh[0], True
    wave = encode.kept(path)
    if wave is None:
        ctx.log("voice.cache_damaged", size_bytes=path.stat().st_size)
        return _made(text, voice, ctx, speed), True
    return wave, False


def _made(text: str, voice: Voice, ctx: Context, speed: float) -> Pcm:
    """Synthesise. One sentence that an engine refuses does not spoil a book: another voice says it."""
    try:
        raw = engine_named(voice.engine).speak(said(text), voice, speed)
    except PermanentError as refused:
        other = stand_in(voice)
        if other is None or refused.code != "ENGINE_REFUSED":
            raise
        ctx.log("voice.stand_in", voice=voice.name, stand_in=other.name)
        voice, raw = other, engine_named(other.engine).speak(said(text), other, speed)
    return sound.finished(raw, voice.rate_hz, voice.gain_db)


def cache_key(text: str, voice: Voice, speed: float) -> str:
    """Return what decides how a sentence sounds: everything but the format of the file."""
    engine = engine_named(voice.engine)
    parts = (
        engine.name,
        engine.version(voice),
        f"sound {sound.VERSION}",
        f"text {normalise.VERSION}",
        voice.language,
        voice.engine_voice,
        f"{voice.gain_db:g} dB",
        f"x{speed:g}",
        unicodedata.normalize("NFC", text),
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"voice:{engine.name}:{digest}"


def _cue(line: Line, position: int, wave: Pcm) -> Cue:
    begin, end = position + sound.onset(wave), position + wave.size
    return Cue(line.text, line.voice.language, line.voice.name, line.paragraph, begin, end)
