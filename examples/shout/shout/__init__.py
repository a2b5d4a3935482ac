"""The service `shout`: says a text, loudly."""

from pydantic import BaseModel, ConfigDict, Field

from mediamill import Context, Files, InvalidInput, Result, Service
from mediamill.media.voices.prose import normalise


class Params(BaseModel):
    """What to shout, and how loudly."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=5_000, description="What to say.", examples=["Hello!", "Xin chào"])
    gain_db: float = Field(default=6.0, ge=0, le=20, description="Added loudness, dB.")


def check(params: Params, _files: Files) -> None:
    """Refuse a text without a letter or a digit before it becomes a job."""
    if not normalise.speakable(params.text):
        raise InvalidInput("there is nothing to say in the text: no letter and no digit", field="text")


def run(params: Params, ctx: Context) -> Result:
    """Speak `text`, `gain_db` louder than usual. Mono, 24 kHz, 16-bit WAV."""
    # Voices load here, where the work is done: importing the service stays cheap.
    from mediamill.media.voices import manner, script, speak  # noqa: PLC0415
    from mediamill.media.voices.files import encode  # noqa: PLC0415
    from mediamill.media.voices.files.formats import Format  # noqa: PLC0415

    loudly = manner.Manner(volume_db=params.gain_db)
    sound = ctx.scratch / "speech.wav"
    with encode.sound_file(sound, Format.WAV) as file:
        spoken = speak.speak(script.plan(params.text), ctx, file, loudly)  # progress, cancel and cache are inside
    ctx.log("shout.raised", gain_db=params.gain_db)
    return Result(files={"speech.wav": sound}, data={"duration_s": round(spoken.duration_s, 3)})


service = Service("shout", Params, run, queue="cpu", attempts=3, check=check, needs=("numpy", "soundfile"))
