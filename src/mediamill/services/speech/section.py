"""A section of a long text: sound that can be joined to others, and its cues."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from mediamill import Context, PermanentError, Result
from mediamill.media.voices.files.captions import Clause, Cue
from mediamill.media.voices.files.encode import SoundFile, sound_file
from mediamill.media.voices.files.joining import Seam, piece_format, seam_of
from mediamill.media.voices.prose.sentences import Ending
from mediamill.media.voices.script import Script
from mediamill.media.voices.sounds.sound import silence
from mediamill.media.voices.speak import AfterLine, Spoken, speak
from mediamill.services.speech.params import Params
from mediamill.services.speech.work import facts, log_counts, planned

#: The file with the cues; the other one is the sound.
CUES: Final = "cues.jsonl"
#: In a section's `data`: how many paragraphs it has.
PARAGRAPHS: Final = "paragraphs"


def read_section(
    text: str, params: Params, ctx: Context, *, name: str = "section", after_line: AfterLine | None = None
) -> Result:
    """Say a section into a piece of a file of `params.format`; see `media.voices.joining`.

    Its cues count from the piece's own beginning. A section in which no voice makes a sound is silence.
    name: of its files in scratch. after_line: as of `speak`.
    """
    form, seam = piece_format(params.format), seam_of(params.format, params.sample_rate)
    sound, cues = ctx.scratch / f"{name}.{form}", ctx.scratch / f"{name}.jsonl"
    script = _for_joining(planned(text, params), seam, params)
    with sound_file(sound, form, rate_hz=params.sample_rate) as file:
        spoken = _spoken(script, file, params, ctx, after_line)
        write_cues((cue.moved(-file.delay_frames) for cue in spoken.cues), cues)
    log_counts(spoken, ctx)
    whole = spoken.complete and not spoken.stand_ins
    data = {**facts(spoken, params), PARAGRAPHS: script.lines[-1].paragraph + 1}
    return Result(files={f"section.{form}": sound, CUES: cues}, data=data, reusable=whole)


def _for_joining(script: Script, seam: Seam, params: Params) -> Script:
    """Begin and end it with the silence that a joint takes."""
    *lines, last = script.lines
    ending = Ending(params.section.ending) if params.section else Ending.PARAGRAPH
    pause_s = last.pause_s if last.pause_s is not None else params.manner.pauses.after(ending, params.speed)
    last = replace(last, pause_s=seam.tail_s(pause_s))
    return Script((*lines, last), script.lead_s + seam.lead_s)


def _spoken(script: Script, file: SoundFile, params: Params, ctx: Context, after_line: AfterLine | None) -> Spoken:
    try:
        return speak(script, ctx, file, params.manner, after_line=after_line)
    except PermanentError as nothing:
        if nothing.code != "NO_SOUND":
            raise
    pause = silence(params.pauses.paragraph_s)
    file.write(pause)
    return Spoken((), pause.size, 0, 0, len(script.lines), {}, complete=True)


def write_cues(cues: Iterable[Cue], path: Path) -> None:
    """Write cues for `read_cues`, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for cue in cues:
            clauses = [[clause.at, clause.frame] for clause in cue.clauses]
            row = [cue.text, cue.language, cue.voice, cue.paragraph, cue.start_frame, cue.end_frame, clauses]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_cues(path: Path, *, frames: int = 0, paragraphs: int = 0) -> Iterator[Cue]:
    """Yield what `write_cues` wrote, later by so many frames, and behind so many paragraphs."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            text, language, voice, paragraph, start, end, clauses = json.loads(line)
            cue = Cue(text, language, voice, paragraph + paragraphs, start, end, tuple(Clause(*c) for c in clauses))
            yield cue.moved(frames)
