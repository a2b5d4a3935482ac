"""The peer: the speech endpoint that a good developer writes by hand, in one file, in an afternoon.

`python -m bench.speech.endpoint PORT [dict]`: a plain `def` route, the model at module level, MP3 or WAV in the
answer; with `dict`, answers are kept. Served by uvicorn with the settings of `mediamill api`.
"""

import io
import sys
import wave
from collections.abc import Callable
from typing import Any, Literal

import lameenc  # type: ignore[import-not-found]
import numpy as np
import uvicorn
from fastapi import FastAPI, Response
from hibari import SAMPLE_RATE, Hibari  # type: ignore[import-untyped]
from pydantic import BaseModel

#: As mediamill's encoder is set, so that neither side saves time by a worse or a smaller file.
_BITRATE_KBPS = 64
_LAME_QUALITY = 7


class Speech(BaseModel):
    """The request, as OpenAI names its parts."""

    input: str
    response_format: Literal["mp3", "wav"] = "mp3"


def make_app(*, kept: bool) -> FastAPI:
    """Return the application. kept: answers are kept in a dict."""
    app = FastAPI()
    model = Hibari()
    model("Warm up.")
    answers: dict[tuple[str, str], bytes] = {}

    @app.post("/v1/audio/speech")
    def speech(asked: Speech) -> Response:
        key = asked.input, asked.response_format
        sound = answers.get(key)
        if sound is None:
            sound = _ENCODERS[asked.response_format](_int16(model(asked.input)))
            if kept:
                answers[key] = sound
        return Response(sound, media_type=f"audio/{asked.response_format}")

    return app


def _int16(sound: Any) -> bytes:  # noqa: ANN401 - hibari has no types
    return bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _mp3(pcm: bytes) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(_BITRATE_KBPS)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(1)
    encoder.set_quality(_LAME_QUALITY)
    return bytes(encoder.encode(pcm) + encoder.flush())


def _wav(pcm: bytes) -> bytes:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm)
    return whole.getvalue()


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {"mp3": _mp3, "wav": _wav}

if __name__ == "__main__":
    uvicorn.run(
        make_app(kept="dict" in sys.argv[2:]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
