"""From lines to sound: the way that speech, videos and documents share."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.voices.catalog import stand_in
from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.files import clauses, encode
from mediamill.media.voices.files.captions import SHOWN_CHARS, Clause, Cue
from mediamill.media.voices.files.encode import Tape
from mediamill.media.voices.manner import Manner
from mediamill.media.voices.reading import pronunciations
from mediamill.media.voices.script import LONGEST_SILENCE_S, Line, Script, too_silent
from mediamill.media.voices.sounds import sound
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice

#: The code of RetryableError from a voice that says nothing now: a provider that does not answer.
VOICE_AWAY: Final = "VOICE_AWAY"
#: What another voice may be able to say. One sentence that an engine refuses does not spoil a book.
_OTHERS_MAY: Final = frozenset({VOICE_AWAY, "ENGINE_REFUSED"})
#: A pause is written in pieces, so that one of hours takes no more memory than a sentence.
_SILENCE_PIECE_S: Final = 10.0
_PLAIN: Final = Manner()
#: Told after each line: lines done, lines in all.
AfterLine = Callable[[int, int], None]


@dataclass(frozen=True)
class Said:
    """One finished sentence at RATE_HZ.

    words: as they were read out. voice: who said it: another one than was asked where that one could not.
    fresh: it had to be made. away: because the one that was asked did not answer.
    """

    wave: Pcm
    words: str
    voice: Voice
    fresh: bool
    away: bool = False


@dataclass(frozen=True)
class Spoken:
    """What was said.

    made, found: sentences that were synthesised, and those that the cache had.
    silent: sentences in which the engine found nothing to say.
    stand_ins: voices that were away -> those that spoke instead.
    complete: False when somebody asked to finish early.
    """

    cues: Sequence[Cue]
    frames: int
    made: int
    found: int
    silent: int
    stand_ins: Mapping[str, str]
    complete: bool

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return self.frames / RATE_HZ


def speak(  # noqa: PLR0913 - a script, its three places, and three ways to go about it
    script: Script,
    ctx: Context,
    file: Tape,
    manner: Manner = _PLAIN,
    *,
    after_line: AfterLine | None = None,
    keep: bool = True,
    shown: bool = True,
) -> Spoken:
    """Say the lines onto one tape; each sentence comes from the cache if it was ever said.

    after_line: told after each line; None: progress goes from 0 to 1. keep: False: sentences of voices of this
    machine are neither looked for in the cache nor kept there. shown: False: nobody sees the cues, which are then of
    whole sentences, and begin where their sound does instead of where an ear hears it begin.
    Memory does not grow with the text, but for the cues. Raises PermanentError with code NO_SOUND
    when an engine gives no sound for any line, and with SOUND_TOO_LONG, before anything is said, when
    the silences come to more than LONGEST_SILENCE_S.
    """
    _check_silence(script, manner)
    told = after_line or (lambda done, lines: ctx.progress(done / lines, f"sentence {done} of {lines}"))
    cues: list[Cue] = []
    stand_ins: dict[str, str] = {}
    made = silent = done = 0
    position = file.delay_frames + _pause(file, script.lead_s, ctx)
    last = len(script.lines)
    for line, spoken in _said(script.lines, ctx, manner, keep=keep):
        made += spoken.fresh
        done += 1
        if spoken.away:
            stand_ins[line.voice.name] = spoken.voice.name
        if spoken.wave.size == 0:
            silent += 1
        else:
            cues.append(_cue(line, spoken, position, shown=shown))
            position += _write(file, sound.louder(spoken.wave, manner.volume_db))
        position += _pause(file, _pause_s(line, manner, silent=spoken.wave.size == 0, last=done == last), ctx)
        told(done, last)
    if not cues:
        raise PermanentError("the voice made no sound of this text", code="NO_SOUND")
    return Spoken(cues, position, made, done - made, silent, stand_ins, complete=done == last)


def _said(lines: Sequence[Line], ctx: Context, manner: Manner, *, keep: bool) -> Iterator[tuple[Line, Said]]:
    for i, line in enumerate(lines):
        ctx.check()
        if i > 0 and ctx.stopping:
            return
        yield line, say(line, ctx, manner, keep=keep)


def _pause_s(line: Line, manner: Manner, *, silent: bool, last: bool) -> float:
    """Return the silence after a line: what the text asks for; else the usual, but none at the end."""
    if line.pause_s is not None:
        return line.pause_s
    return 0.0 if last or silent else manner.pauses.after(line.ending, manner.speed)


def _check_silence(script: Script, manner: Manner) -> None:
    asked_s = sum(line.pause_s for line in script.lines if line.pause_s is not None)
    usual_s = sum(manner.pauses.after(line.ending, manner.speed) for line in script.lines if line.pause_s is None)
    silence_s = script.lead_s + asked_s + usual_s
    if silence_s > LONGEST_SILENCE_S:
        raise PermanentError(too_silent(silence_s).message, code="SOUND_TOO_LONG")


def _pause(file: Tape, seconds: float, ctx: Context) -> int:
    """Write silence; return its frames."""
    left = frames = round(seconds * RATE_HZ)
    while left > 0:
        left -= _write(file, sound.silence(min(left / RATE_HZ, _SILENCE_PIECE_S)))
        if left > 0:
            ctx.check()
    return frames


def _write(file: Tape, wave: Pcm) -> int:
    if wave.size:
        file.write(wave)
    return wave.size


def say(line: Line, ctx: Context, manner: Manner = _PLAIN, *, keep: bool = True) -> Said:
    """Return one sentence as finished sound; where its voice cannot say it, one of this machine does.

    keep: as of `speak`.
    Raises RetryableError with code VOICE_AWAY, and PermanentError with code ENGINE_REFUSED, when there is none.
    """
    try:
        return _say(line, ctx, manner, keep=keep)
    except (RetryableError, PermanentError) as error:
        other = stand_in(line.voice, line.language) if error.code in _OTHERS_MAY else None
        if other is None:
            raise
        away = error.code == VOICE_AWAY
        ctx.log("voice.away" if away else "voice.stand_in", voice=line.voice.name, stand_in=other.name)
    # It may read no IPA; that is no reason to fail for a server that will be back.
    respelled = replace(manner, pronunciations=pronunciations.respellings(manner.pronunciations))
    return replace(_say(replace(line, voice=other), ctx, respelled, keep=keep), away=away)


def _say(line: Line, ctx: Context, manner: Manner, *, keep: bool) -> Said:
    utterance = _utterance(line, manner)
    words = text_of(utterance)
    if not keep and not line.voice.remote:
        return Said(_made(line, utterance, ctx, manner), words, line.voice, fresh=True)
    fresh: list[Pcm] = []

    def make(draft: Path) -> None:
        fresh.append(_made(line, utterance, ctx, manner))
        encode.keep(fresh[0], draft)

    path = ctx.cached(cache_key(utterance, line.voice, manner), make)
    if fresh:
        return Said(fresh[0], words, line.voice, fresh=True)
    wave = encode.kept(path)
    if wave is None:
        ctx.log("voice.cache_damaged", size_bytes=path.stat().st_size)
        return Said(_made(line, utterance, ctx, manner), words, line.voice, fresh=True)
    return Said(wave, words, line.voice, fresh=False)


def _utterance(line: Line, manner: Manner) -> Utterance:
    engine = engine_named(line.voice.engine)
    normalize = manner.normalize and not engine.reads_figures
    utterance = pronunciations.utterance(line.text, line.language, manner.pronunciations, normalize=normalize)
    unread = next((span for span in utterance if span.ipa), None) if not engine.reads_ipa else None
    if unread is not None:
        raise PermanentError(
            f"the voice {line.voice.name} reads no IPA: give {unread.text!r} a respelling instead of /{unread.ipa}/",
            code="IPA_UNREAD",
        )
    return utterance


def _made(line: Line, utterance: Utterance, ctx: Context, manner: Manner) -> Pcm:
    voice = line.voice
    raw = engine_named(voice.engine).speak(utterance, voice, manner.speed, ctx.check)
    finished = sound.finished(raw, voice.rate_hz, voice.gain_db)
    if not manner.pitch:
        return finished
    from mediamill.media.voices.sounds.pitch import pitched  # noqa: PLC0415 - loads FFmpeg, and few ask for it

    return pitched(finished, manner.pitch)


def cache_key(utterance: Utterance, voice: Voice, manner: Manner) -> str:
    """Return what decides how a sentence sounds: everything but its volume and the format of the file."""
    engine = engine_named(voice.engine)
    parts = (
        engine.name,
        engine.version(voice),
        f"sound {sound.VERSION}",
        voice.language,
        voice.engine_voice,
        "by ear" if voice.gain_db is None else f"{voice.gain_db:g} dB",
        f"x{manner.speed:g}",
        f"{manner.pitch:+g}",
        *(part for span in utterance for part in (unicodedata.normalize("NFC", span.text), span.ipa)),
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"voice:{engine.name}:{digest}"


def _cue(line: Line, spoken: Said, position: int, *, shown: bool) -> Cue:
    begin, end = position + (sound.onset(spoken.wave) if shown else 0), position + spoken.wave.size
    parts = _clauses(line, spoken, position) if shown else ()
    return Cue(line.text, line.language, spoken.voice.name, line.paragraph, begin, end, parts)


def _clauses(line: Line, spoken: Said, position: int) -> tuple[Clause, ...]:
    """Return where a sentence that is too long to be shown at once can be cut."""
    if len(line.text) <= SHOWN_CHARS:
        return ()
    found = clauses.begins(line.text, spoken.words, spoken.wave)
    return tuple(replace(clause, frame=position + clause.frame) for clause in found)
