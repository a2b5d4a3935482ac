"""A server of this machine with OpenAI's chat API. Moods are answers of tests.media.loopback, or of here."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from tests.media.loopback import Answer, Asked, Host, answering, status

Talker = Host[Asked]


def saying(answer: object, *, reason: str = "stop", tokens: object = None, **message: object) -> Answer:
    """Say something: a text, or what is said as JSON, or what a function makes of the body that was sent."""

    async def reply(_request: web.Request, heard: Asked) -> web.StreamResponse:
        said = answer(heard.body) if callable(answer) else answer
        content = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": reason}
        usage = {"prompt_tokens": 9, "completion_tokens": tokens}
        return web.json_response({"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})

    return reply


def refusing(message: str, **error: object) -> Answer:
    """Refuse as OpenAI does."""
    return status(400, {"error": {"message": message, "type": "invalid_request_error", "code": None, **error}})


def picky(*words: str, well: Answer) -> Answer:
    """Refuse requests that have one of these words as a key somewhere or as a value, as an old server would."""

    async def reply(request: web.Request, heard: Asked) -> web.StreamResponse:
        for word in words:
            if f'"{word}"' in json.dumps(heard.body):
                return await refusing(f"Unknown: {word}")(request, heard)
        return await well(request, heard)

    return reply


@contextmanager
def talker(well: object | Callable[[dict[str, Any]], object]) -> Iterator[Talker]:
    """Serve `POST /v1/chat/completions`; in no mood it says `well`."""
    with answering("/v1/chat/completions", saying(well)) as host:
        yield host
