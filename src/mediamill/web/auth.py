"""Who is calling. Nobody gets past the door without a key, whatever a route forgets."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Path, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mediamill.core.errors import NotFound
from mediamill.core.job import Job
from mediamill.settings import ApiKey
from mediamill.web.errors import Refused, answer
from mediamill.web.rooms import Rooms

#: Paths that need no key, with what lies below them.
OPEN: Final = ("/healthz", "/ready", "/docs", "/openapi.json")
_JOB_ID_CHARS: Final = 36


class Rank(IntEnum):
    """What a key may do; each includes the ones before it."""

    USER = 0
    OPERATOR = 1
    ADMIN = 2


@dataclass(frozen=True)
class Caller:
    """The owner of a key, and its scope."""

    owner: str
    rank: Rank

    def require(self, rank: Rank) -> None:
        """Raise Refused (403) when the key's scope is too small."""
        if self.rank < rank:
            raise Refused(HTTPStatus.FORBIDDEN, f"this needs a key of scope {rank.name.lower()}")


class Keyring:
    """The keys, as digests: what is in memory opens nothing."""

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._callers = [
            (hashlib.sha256(key.key.encode()).digest(), Caller(key.owner, Rank[key.scope.upper()])) for key in keys
        ]

    def caller(self, key: bytes) -> Caller | None:
        """Return whose key this is. Takes the same time whichever it is."""
        sent = hashlib.sha256(key).digest()
        found = None
        for digest, caller in self._callers:
            if hmac.compare_digest(digest, sent):
                found = caller
        return found


class Door:
    """ASGI: lets nobody in without a valid key, except to the open paths, and says who it is."""

    def __init__(self, app: ASGIApp, keys: Sequence[ApiKey]) -> None:
        self._app = app
        self._keyring = Keyring(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or pass the request on."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        key = _key(scope)
        caller = self._keyring.caller(key) if key else None
        if caller is None:
            message = "this key is not known" if key else "send your key as X-API-Key or as Authorization: Bearer"
            refused = Refused(HTTPStatus.UNAUTHORIZED, message, headers={"WWW-Authenticate": "Bearer"})
            await answer(scope, refused)(scope, receive, send)
            return
        scope["state"]["caller"] = caller
        await self._app(scope, receive, send)


def _is_open(path: str) -> bool:
    return any(path == open_path or path.startswith(f"{open_path}/") for open_path in OPEN)


def _key(scope: Scope) -> bytes | None:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if key := headers.get(b"x-api-key", b"").strip():
        return key
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    return value.strip() or None if scheme.lower() == b"bearer" else None


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


#: A route's parameter that says who is calling.
Signed = Annotated[Caller, Depends(_caller)]

#: A route's parameter that names a job.
JobId = Annotated[str, Path(description="The job's `task_id`.", examples=["01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"])]


def _looks_like_an_id(text: str) -> bool:
    return len(text) == _JOB_ID_CHARS and all(character in "0123456789abcdef-" for character in text)


def readable(rooms: Rooms, job_id: str, caller: Caller) -> Job:
    """Return a job that the caller may see: their own, or any for an operator.

    Raises NotFound, and Unavailable when the store is away and nothing on this node knows the job.
    """
    job = rooms.desk.find(job_id) if _looks_like_an_id(job_id) else None
    if job is None or (job.owner != caller.owner and caller.rank < Rank.OPERATOR):
        raise NotFound("there is no such job", code="JOB_NOT_FOUND")
    return job


def changeable(rooms: Rooms, job_id: str, caller: Caller) -> Job:
    """Return a job that the caller may change: their own, or any for an admin.

    Raises NotFound, and Refused (403) for an operator, who may see it.
    """
    job = readable(rooms, job_id, caller)
    if job.owner != caller.owner:
        caller.require(Rank.ADMIN)
    return job
