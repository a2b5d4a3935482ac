"""The service `shout`: says a text, loudly."""

import wave

from pydantic import BaseModel, ConfigDict, Field

from mediamill import Context, Files, InvalidInput, Result, Service
from mediamill.media.voices import normalise


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
    """Speak `text`, then raise it by `gain_db`. Mono, 24 kHz, 16-bit WAV."""
    # Voices load here, where the work is done: importing the service stays cheap.
    import numpy as np  # noqa: PLC0415

    from mediamill.media.voices import encode, speak  # noqa: PLC0415
    from mediamill.media.voices.formats import Format  # noqa: PLC0415

    plain, loud = ctx.scratch / "plain.wav", ctx.scratch / "speech.wav"
    spoken = speak.speak(speak.plan(params.text), ctx, plain, Format.WAV)  # progress, cancel and cache are inside
    with wave.open(str(plain)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
    with encode.sound_file(loud, Format.WAV) as file:
        file.write(np.clip(samples * 10 ** (params.gain_db / 20), -32_768, 32_767).astype(np.int16))
    ctx.log("shout.raised", gain_db=params.gain_db)
    return Result(files={"speech.wav": loud}, data={"duration_s": round(spoken.duration_s, 3)})


service = Service("shout", Params, run, queue="cpu", attempts=3, check=check, needs=("numpy", "soundfile"))
