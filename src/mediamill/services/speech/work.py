"""The work of `speech`, apart from its declaration, so that importing that one stays cheap."""

from typing import TYPE_CHECKING

from mediamill import Context, InvalidInput, PermanentError, Result
from mediamill.media.voices import captions, normalise
from mediamill.media.voices.sound import RATE_HZ
from mediamill.media.voices.speak import Line, plan, speak

if TYPE_CHECKING:
    from mediamill.services.speech import Params


def read_aloud(text: str, params: "Params", ctx: Context) -> Result:
    """Say the text and write its captions. The job's `data` has the counts."""
    ctx.progress(0.0, "finding sentences and voices")
    lines = _planned(normalise.prose(text), params)
    sound = ctx.scratch / f"speech.{params.format}"
    spoken = speak(lines, ctx, sound, params.format, speed=params.speed)
    ctx.log(
        "speech.sentences",
        total=len(lines),
        from_cache=spoken.found,
        made=spoken.made,
        silent=spoken.silent,
        complete=spoken.complete,
    )
    files = {
        sound.name: sound,
        "captions.srt": ctx.scratch / "captions.srt",
        "captions.vtt": ctx.scratch / "captions.vtt",
        "cues.json": ctx.scratch / "cues.json",
    }
    captions.write_srt(spoken.cues, files["captions.srt"])
    captions.write_vtt(spoken.cues, files["captions.vtt"])
    captions.write_json(spoken.cues, files["cues.json"])
    return Result(
        files=files,
        data={
            "duration_s": round(spoken.duration_s, 3),
            "sentences": len(spoken.cues),
            "words": sum(len(cue.text.split()) for cue in spoken.cues),
            "languages": sorted({cue.language for cue in spoken.cues}),
            "voices": sorted({cue.voice for cue in spoken.cues}),
            "sample_rate_hz": RATE_HZ,
            "from_cache": spoken.found,
            "made": spoken.made,
            "silent": spoken.silent,
            "complete": spoken.complete,
        },
    )


def _planned(text: str, params: "Params") -> list[Line]:
    """As `plan`. What is wrong with a text stays wrong, so that it is not tried again."""
    try:
        return plan(text, voice=params.voice, language=params.language)
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused
