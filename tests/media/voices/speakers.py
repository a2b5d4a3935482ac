"""Servers of this machine that speak, with espeak-ng's voices, the protocols of those far away: well, badly, or not."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from aiohttp import WSMsgType, web
from tests.media.loopback import Answer, Host, served

from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.sounds.sound import Pcm
from mediamill.media.voices.utterance import said
from mediamill.media.voices.voice import Voice

#: What espeak-ng speaks at.
RATE_HZ = 22_050
_ENGLISH = Voice("speaker", "en", "", "espeak-ng", "gmw/en", RATE_HZ, 0.0)


def spoken(text: str, speed: float = 1.0) -> Pcm:
    """Say a text as these servers do."""
    return engine_named("espeak-ng").speak(said(text), _ENGLISH, speed)


#: A container, its codec and the rate that goes with it: what servers send for "audio".
CONTAINERS = {
    "wav": ("pcm_s16le", RATE_HZ),
    "flac": ("flac", RATE_HZ),
    "mp3": ("libmp3lame", RATE_HZ),
    "ogg": ("libopus", 24_000),
    "adts": ("aac", RATE_HZ),
    "mp4": ("aac", RATE_HZ),
    "webm": ("libopus", 48_000),
}


def packed(wave: Pcm, container: str, *, layout: str = "mono", rate_hz: int | None = None) -> bytes:
    """Return a sound file."""
    codec, usual_hz = CONTAINERS[container]
    target = io.BytesIO()
    with av.open(target, "w", format=container) as box:
        stream = box.add_stream(codec, rate=rate_hz or usual_hz)
        assert isinstance(stream, av.AudioStream)
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=stream.rate, frame_size=stream.frame_size or 0
        )
        for each in (*resampler.resample(frame), *resampler.resample(None)):
            for packet in stream.encode(each):
                box.mux(packet)
        for packet in stream.encode(None):
            box.mux(packet)
    return target.getvalue()


@dataclass
class Request:
    """What a speaker was asked."""

    text: str
    voice: str
    speed: float
    headers: dict[str, str]
    body: dict[str, Any]
    peer: tuple[str, int]


Speaker = Host[Request]


# ---- OpenAI's speech over HTTP


@contextmanager
def provider() -> Iterator[Speaker]:
    """Serve `POST /v1/audio/speech`, where a mood is an `Answer`, and `GET /v1/models`: a status."""
    speaker: Speaker = Host()

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        peer = request.transport.get_extra_info("peername") if request.transport else ("", 0)
        heard = Request(body["input"], body["voice"], body.get("speed", 1.0), dict(request.headers), body, peer)
        speaker.heard.append(heard)
        mood: Answer = speaker.mood() or sound("wav")
        return await mood(request, heard)

    async def models(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=speaker.mood() or 200, text='{"object": "list", "data": []}')

    app = web.Application()
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/audio/speech", answer)
    app.router.add_post("/elsewhere", answer)
    with served(app) as host:
        speaker.url = f"http://{host}"
        yield speaker


def sound(container: str, media_type: str | None = None, *, layout: str = "mono", rate_hz: int | None = None) -> Answer:
    """Say the text."""

    async def answer(_request: web.Request, heard: Request) -> web.StreamResponse:
        raw = packed(spoken(heard.text, heard.speed), container, layout=layout, rate_hz=rate_hz)
        return web.Response(body=raw, content_type=media_type or f"audio/{container}")

    return answer


# ---- Microsoft Edge's read-aloud service


@contextmanager
def edge() -> Iterator[Speaker]:
    """Serve the websocket of Edge's read-aloud service. A mood is one of the words in `_talk`, or a status."""
    speaker: Speaker = Host()

    async def answer(request: web.Request) -> web.StreamResponse:
        mood = speaker.mood()
        if isinstance(mood, int):
            return web.Response(status=mood)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        texts = [message.data async for message in _two(socket)]
        heard = _asked(request, texts[1])
        speaker.heard.append(heard)
        assert "speech.config" in texts[0]
        await _talk(socket, speaker, heard, mood)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/edge/v1", answer)
    with served(app) as host:
        speaker.url = f"ws://{host}/edge/v1?TrustedClientToken=none"
        yield speaker


async def _two(socket: web.WebSocketResponse) -> Any:  # noqa: ANN401 - aiohttp's messages
    for _ in range(2):
        message = await socket.receive()
        assert message.type is WSMsgType.TEXT
        yield message


def _asked(request: web.Request, message: str) -> Request:
    name = re.search(r"<voice name='([^']*)'>", message)
    rate = re.search(r"rate='([+-]\d+)%'", message)
    words = re.search(r"<prosody[^>]*>(.*)</prosody>", message, re.DOTALL)
    assert name
    assert rate
    assert words
    peer = request.transport.get_extra_info("peername") if request.transport else ("", 0)
    return Request(words[1], name[1], 1 + int(rate[1]) / 100, dict(request.headers), {}, peer)


async def _talk(socket: web.WebSocketResponse, speaker: Speaker, heard: Request, mood: str | None) -> None:
    await socket.send_str("X-RequestId:1\r\nPath:turn.start\r\n\r\n{}")
    if mood == "hangs":
        await speaker.hang()
    if mood == "says nothing":
        await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")
        return
    if mood == "talks nonsense":
        await socket.send_str("X-RequestId:1\r\nPath:who.knows\r\n\r\n{}")
        return
    wave = np.zeros(2 * RATE_HZ, np.int16) if mood == "is silent" else spoken(heard.text, heard.speed)
    sound = b"\0" * 5_000 if mood == "sends noise" else packed(wave, "mp3")
    pieces = [sound[start : start + 2_000] for start in range(0, len(sound), 2_000)]
    for piece in pieces[: len(pieces) // 2] if mood == "breaks off" else pieces:
        head = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
        await socket.send_bytes(len(head).to_bytes(2, "big") + head + piece)
    if mood == "breaks off":
        return
    await socket.send_str(
        'X-RequestId:1\r\nPath:audio.metadata\r\n\r\n{"Metadata":[{"Type":"SentenceBoundary","Data":'
        '{"Offset":0,"Duration":1,"text":{"Text":"","Length":0,"BoundaryType":"SentenceBoundary"}}}]}'
    )
    await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")
