"""Answers that were given a moment ago, again from memory: for as long as the store would give the same.

What a repeat costs is the question whether its job still stands for it, and the file. The store tells when that
changes: the answer's job is listened to, and a ring takes the answer away. Nobody tells of a file that was deleted by
hand, nor of a connection that has gone silent; so an answer is used for a second, and then looked for anew.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mediamill.store.live import Ear, Live
from mediamill.web import openai
from mediamill.web.auth import Caller

#: All answers together, with what they answer and what each costs beside.
LIMIT_BYTES: Final = 16 * 1024 * 1024
#: One answer. A sentence as WAV has a quarter of this.
ANSWER_BYTES: Final = 1024 * 1024
#: A body that is looked for.
ASKED_BYTES: Final = 16 * 1024
#: Of an answer beside its bytes: objects here, a subscription there. So there are 4,096 at most.
_BESIDE_BYTES: Final = 4 * 1024
_STATE: Final = "recent"


class Asked(NamedTuple):
    """What somebody asks for. Another owner's question is another, whatever it says."""

    owner: str
    path: str
    query: bytes
    content_type: bytes
    body: bytes


@dataclass
class _Answer:
    """What was answered, from the file of a job. heard: how often its ear had heard of the job before that was read."""

    job_id: str
    ear: Ear
    response: Response
    heard: int | None
    until_s: float


class Answers:
    """The answers, the one used last at the end. Belongs to the event loop.

    fresh_s: how long one is used before it is looked for anew. now: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        live: Live,
        fresh_s: float,
        *,
        limit_bytes: int = LIMIT_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.size_bytes = 0
        self._live = live
        self._fresh_s = fresh_s
        self._limit_bytes = limit_bytes
        self._now = now
        self._answers: OrderedDict[Asked, _Answer] = OrderedDict()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._answers)

    def find(self, asked: Asked) -> Response | None:
        """Return the answer, if the store would give the same."""
        answer = self._answers.get(asked)
        if answer is None or answer.heard is None or answer.ear.heard != answer.heard or self._now() >= answer.until_s:
            return None
        self._answers.move_to_end(asked)
        return answer.response

    def glance(self, asked: Asked) -> "Glance":
        """Return the moment before the answer is looked for elsewhere."""
        answer = self._answers.get(asked)
        ear = answer.ear if answer is not None else None
        return Glance(self, asked, self._now(), ear, ear.heard if ear is not None else None)

    def keep(self, seen: "Glance", job_id: str, response: Response) -> None:
        """Keep what was answered from the file of a finished job.

        The first time we only begin to listen: what was read before that may have changed since.
        """
        if len(response.body) > ANSWER_BYTES:
            return
        before = self._answers.pop(seen.asked, None)
        if before is not None and before.job_id == job_id:
            ear = before.ear
            self.size_bytes -= _size_bytes(seen.asked, before)
        else:
            ear = self._live.listen(job_id)
            if before is not None:
                self._forget(seen.asked, before)
        # Two ears count differently: what one has heard says nothing of the other.
        heard = seen.heard if ear is seen.ear else None
        answer = self._answers[seen.asked] = _Answer(job_id, ear, response, heard, seen.at_s + self._fresh_s)
        self.size_bytes += _size_bytes(seen.asked, answer)
        while self.size_bytes > self._limit_bytes:
            self._forget(*self._answers.popitem(last=False))

    def _forget(self, asked: Asked, answer: _Answer) -> None:
        answer.ear.close()
        self.size_bytes -= _size_bytes(asked, answer)


def _size_bytes(asked: Asked, answer: _Answer) -> int:
    return len(asked.body) + len(answer.response.body) + _BESIDE_BYTES


class Glance(NamedTuple):
    """What was known of an answer before the store was asked: who listened to its job, and had heard what."""

    answers: Answers
    asked: Asked
    at_s: float
    ear: Ear | None
    heard: int | None

    def keep(self, job_id: str, response: Response) -> None:
        """Keep what was found."""
        self.answers.keep(self, job_id, response)


def glance(request: Request) -> Glance | None:
    """Return what a route may keep its answer with; None when the request is none that is looked for again."""
    found: Glance | None = request.scope["state"].get(_STATE)
    return found


class Recent:
    """ASGI, inside the door: answers what was answered a moment ago. Only posts below /v1/, of some kilobytes."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if not _is_looked_for(scope):
            await self._app(scope, receive, send)
            return
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body", False):
            asked = _asked(scope, first["body"])
            if (found := self._answers.find(asked)) is not None:
                await found(scope, receive, send)
                return
            scope["state"][_STATE] = self._answers.glance(asked)
        await self._app(scope, _again(first, receive), send)


def _is_looked_for(scope: Scope) -> bool:
    """Whether it is a request of a kind that is answered from here, its body so short that it comes in one piece.

    An Idempotency-Key is to be remembered by the store.
    """
    if scope["type"] != "http" or scope["method"] != "POST" or not openai.speaks(scope["path"]):
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= ASKED_BYTES and b"idempotency-key" not in headers


def _asked(scope: Scope, body: bytes) -> Asked:
    caller: Caller = scope["state"]["caller"]
    content_type = dict(scope["headers"]).get(b"content-type", b"")
    return Asked(caller.owner, scope["path"], scope["query_string"], content_type, body)


def _again(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that begins with what was received already."""
    told = False

    async def receive_again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return first

    return receive_again
