"""The voice of each scene, and how many frames its picture is shown."""

import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill import Context, InvalidInput, PermanentError, Tell
from mediamill.media.voices.catalog import voice_for, voice_named
from mediamill.media.voices.files.captions import Cue
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.script import Cast, Place, plan
from mediamill.media.voices.script import Script as Lines
from mediamill.media.voices.sounds.sound import RATE_HZ
from mediamill.media.voices.speak import AfterLine, Spoken, speak
from mediamill.services.videos.params import Params
from mediamill.services.videos.script import Scene, Script

#: A picture is seen before it is spoken of, and stays when it was. The sounds of two scenes meet in this silence.
LEAD_S: Final = 0.4
TAIL_S: Final = 0.6
#: Seven scenes of a thousand characters are ten minutes; it takes pauses or very long numbers to come to this.
LONGEST_S: Final = 3_600.0


@dataclass(frozen=True)
class Narration:
    """What is said in a scene. sound: WAV, mono at RATE_HZ. frames: of the picture, which is shown for longer."""

    sound: Path
    frames: int
    spoken: Spoken


def narrate(script: Script, params: Params, ctx: Context, tell: Tell) -> Sequence[Narration]:
    """Say the scenes, one sound each; fewer than there are when the job was asked to finish early, but one.

    Raises InvalidInput when no voice can say them, PermanentError with code SOUND_TOO_LONG beyond LONGEST_S.
    """
    tell(0.0, "finding voices")
    planned = _planned(script, params)
    said, total = 0, sum(len(each.lines) for each in planned)
    narrations = list[Narration]()
    for number, lines in enumerate(planned, 1):
        if narrations and ctx.stopping:
            break
        with _of_scene(number):
            spoken = _said(lines, ctx.scratch / f"narration-{number}.wav", params, ctx, _counted(tell, said, total))
        if narrations and not spoken.spoken.complete:
            break
        said += len(lines.lines)
        narrations.append(spoken)
        _check_length(narrations, params.fps)
    return narrations


def cues(narrations: Sequence[Narration], fps: int) -> Iterator[Cue]:
    """Yield every sentence, where it sounds in the whole video."""
    starts = itertools.accumulate((each.frames for each in narrations), initial=0)
    for start, narration in zip(starts, narrations, strict=False):
        for cue in narration.spoken.cues:
            yield cue.moved(start * RATE_HZ // fps)


def _said(lines: Lines, sound: Path, params: Params, ctx: Context, after_line: AfterLine) -> Narration:
    with sound_file(sound, Format.WAV) as file:
        spoken = speak(lines, ctx, file, params.manner, after_line=after_line)
    return Narration(sound, math.ceil((spoken.frames / RATE_HZ + TAIL_S) * params.fps), spoken)


def _counted(tell: Tell, before: int, total: int) -> AfterLine:
    return lambda done, _: tell((before + done) / total, f"sentence {before + done} of {total}")


def _planned(script: Script, params: Params) -> Sequence[Lines]:
    """Return who says which sentence of each scene."""
    planned = list[Lines]()
    for number, scene in enumerate(script.scenes, 1):
        with _of_scene(number):
            planned.append(_lines(scene, script, params))
    _check_heard(planned, params)
    return planned


def _lines(scene: Scene, script: Script, params: Params) -> Lines:
    language = scene.language or params.language
    around = voice_for(script.language).base_language
    lines = plan(
        normalise.prose(scene.narration), cast=_cast(params.voice, language), language=language, place=Place(around)
    )
    return Lines(lines.lines, lines.lead_s + LEAD_S)


def _cast(voice: str | None, language: str | None) -> Cast | None:
    """Return who has the word; None: the voice of the language, for the chosen one reads another."""
    if voice is None or (language and not voice_named(voice).reads(voice_for(language).base_language)):
        return None
    return Cast.of({voice: voice})


def _check_heard(planned: Sequence[Lines], params: Params) -> None:
    """Refuse a voice that was chosen and would say nothing."""
    voices = {line.voice.name: line.voice for lines in planned for line in lines.lines}
    if params.voice is None or params.voice in voices:
        return
    other, chosen = next(iter(voices.values())), voice_named(params.voice)
    raise InvalidInput(
        f"the voice {chosen.name} reads {chosen.base_language}, and the narration is in {other.base_language}: "
        f"leave the voice out, or choose {other.name}",
        field="voice",
    )


def _check_length(narrations: Sequence[Narration], fps: int) -> None:
    length_s = sum(each.frames for each in narrations) / fps
    if length_s > LONGEST_S:
        raise PermanentError(
            f"the narration of {len(narrations)} scenes takes {length_s / 60:.0f} minutes; "
            f"{LONGEST_S / 60:.0f} are the limit",
            code="SOUND_TOO_LONG",
        )


@contextmanager
def _of_scene(number: int) -> Iterator[None]:
    """Say which scene an error is about."""
    try:
        yield
    except InvalidInput as refused:
        raise InvalidInput(f"scene {number}: {refused.message}", field=refused.field, code=refused.code) from refused
    except PermanentError as failed:
        raise PermanentError(f"scene {number}: {failed.message}", code=failed.code) from failed
