"""The work of `speech`, apart from its declaration, so that importing that one stays cheap."""

from pathlib import Path
from typing import Any, Final

from mediamill import Context, InvalidInput, PermanentError, Result
from mediamill.media.voices.files import captions
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.reel import Reel
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.script import Script, plan
from mediamill.media.voices.speak import Spoken, speak
from mediamill.services.speech.params import Params
from mediamill.services.speech.stream import Publisher

#: A tenth of a second goes by until the sentences of so long a text have voices.
_SLOWLY_PLANNED_CHARS: Final = 100_000


def read_aloud(text: str, params: Params, ctx: Context) -> Result:
    """Say the text, and write its captions where they are wanted. The job's `data` has the counts."""
    if len(text) > _SLOWLY_PLANNED_CHARS:
        ctx.progress(0.0, "finding sentences and voices")
    script = planned(normalise.prose(text), params)
    # A lone sentence is the job's own result, which answers whoever asks again; to keep it once more takes a tenth of
    # the time in which it is said.
    alone = len(script.lines) == 1
    collected = params.format.encoded and not (alone or params.stream)
    sound, spoken = _by_reel(script, params, ctx) if collected else _at_once(script, params, ctx, keep=not alone)
    if not (alone and params.stream):  # somebody waits; `data` says the same, and a line is a call of the store
        log_counts(spoken, ctx)
    return Result(
        files={f"speech.{params.format}": sound, **(write_captions(spoken, ctx.scratch) if params.captions else {})},
        data=facts(spoken, params),
        keep_parts=False,
        reusable=spoken.complete and not spoken.stand_ins,
    )


def _by_reel(script: Script, params: Params, ctx: Context) -> tuple[Path, Spoken]:
    """Have the sound encoded when all of it is there: what was said before was encoded before, too."""
    with Reel(ctx.scratch / "speech.reel", params.format, params.sample_rate) as reel:
        spoken = speak(script, ctx, reel, params.manner, shown=params.captions)
    return reel.encoded(ctx), spoken


def _at_once(script: Script, params: Params, ctx: Context, *, keep: bool) -> tuple[Path, Spoken]:
    """Have each sentence in the file as soon as it is said. keep: as of `speak`."""
    sound = ctx.scratch / f"speech.{params.format}"
    with sound_file(sound, params.format, rate_hz=params.sample_rate) as file:
        publisher = Publisher(ctx, sound, file) if params.stream else None

        def after_line(done: int, lines: int) -> None:
            if lines > 1:  # a lone one is told with the job's end, which is next
                ctx.progress(done / lines, f"sentence {done} of {lines}")
            if publisher is not None and done < lines:
                publisher.publish()

        spoken = speak(script, ctx, file, params.manner, after_line=after_line, keep=keep, shown=params.captions)
    return sound, spoken


def planned(text: str, params: Params) -> Script:
    """As `script.plan`. What is wrong with a text stays wrong, so that it is not tried again."""
    try:
        return plan(text, cast=params.cast, language=params.language, place=params.place)
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused


def log_counts(spoken: Spoken, ctx: Context) -> None:
    """Write one line with the counts of sentences."""
    ctx.log(
        "speech.sentences",
        total=spoken.made + spoken.found,
        from_cache=spoken.found,
        made=spoken.made,
        silent=spoken.silent,
        complete=spoken.complete,
    )


def write_captions(spoken: Spoken, folder: Path) -> dict[str, Path]:
    """Write the captions in each of their forms; return them by name."""
    files = {name: folder / name for name in ("captions.srt", "captions.vtt", "cues.json")}
    captions.write_srt(spoken.cues, files["captions.srt"])
    captions.write_vtt(spoken.cues, files["captions.vtt"])
    captions.write_json(spoken.cues, files["cues.json"])
    return files


def facts(spoken: Spoken, params: Params) -> dict[str, Any]:
    """Return what the job's `data` says."""
    return {
        "duration_s": round(spoken.duration_s, 3),
        "sentences": len(spoken.cues),
        "words": sum(len(cue.text.split()) for cue in spoken.cues),
        "languages": sorted({cue.language for cue in spoken.cues}),
        "voices": sorted({cue.voice for cue in spoken.cues}),
        "sample_rate_hz": params.sample_rate,
        "from_cache": spoken.found,
        "made": spoken.made,
        "silent": spoken.silent,
        "complete": spoken.complete,
        "degraded": bool(spoken.stand_ins),
        "stand_ins": dict(spoken.stand_ins),
    }
