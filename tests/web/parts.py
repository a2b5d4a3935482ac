"""What the tests of the API share: keys, a service, a hand-driven worker."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx2
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from mediamill import Context, Files, Incomplete, InvalidInput, PermanentError, Queue, Result, Service
from mediamill.core.job import Artifact, Job
from mediamill.engine.registry import Registry, discover
from mediamill.settings import RedisSettings
from mediamill.store.attempts import Attempts
from mediamill.store.fleet import Fleet
from mediamill.store.keys import Keys
from mediamill.store.live import Live
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms

KEYS = {"ann": "key-of-ann", "bob": "key-of-bob", "olga": "key-of-olga", "root": "key-of-root"}
SCOPES = {"olga": "operator", "root": "admin"}
UNKNOWN_ID = "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"


class Loudness(BaseModel):
    gain_db: float = Field(default=6.0, ge=0, le=20, examples=[3.0])
    key: SecretStr | None = None


class ShoutParams(BaseModel):
    """Say something, louder."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, min_length=1, max_length=5_000_000, examples=["Xin chào"])
    loudness: Loudness = Field(default_factory=Loudness)
    cookie: SecretStr | None = None

    @field_validator("text")
    @classmethod
    def _not_blank(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("the text is blank")
        return text


def check(params: ShoutParams, files: Files) -> None:
    if params.text == "break":
        raise RuntimeError("the service's own fault in /somewhere/secret.py")
    if params.text == "nothing":
        raise Incomplete("it is not said what to shout")
    if (params.text is None) == ("file" not in files):
        raise InvalidInput("send either `text` or a `file`", field="text")
    if "file" in files and files["file"].read_bytes()[:2] == b"PK":
        raise PermanentError("this is a zip", code="NOT_TEXT")


def run(params: BaseModel, ctx: Context) -> Result:
    raise NotImplementedError


SHOUT = Service(
    "shout", ShoutParams, run, queue="cpu", inputs=("file", "second"), secrets=("cookie", "loudness.key"), check=check
)


class WatchParams(BaseModel):
    url: str = Field(examples=["https://example.org/live"])


WATCH = Service("watch", WatchParams, run, path="watchers", queue=Queue.DEFAULT, dedupe="alive")


def signed(owner: str) -> dict[str, str]:
    return {"X-API-Key": KEYS[owner]}


@dataclass
class Served:
    """The API behind a real server. `client` is ann's."""

    url: str
    client: httpx2.Client
    server: uvicorn.Server
    thread: threading.Thread
    app: FastAPI

    @property
    def connections(self) -> set[object]:
        """The server's side of all connections."""
        return set(self.server.server_state.connections)


class Worker:
    """Drives jobs along, as a worker would."""

    def __init__(self, rooms: Rooms, scripts: Scripts, tmp_path: Path) -> None:
        self.rooms = rooms
        self.attempts = Attempts(scripts)
        self.fleet = Fleet(scripts)
        self._tmp_path = tmp_path

    def claim(self, queue: Queue = Queue.CPU) -> Job:
        job = self.attempts.claim(queue, machine="m1", worker="m1:7")
        assert job is not None
        return job

    def artifact(self, job: Job, name: str, content: bytes) -> Artifact:
        path = self._tmp_path / uuid4().hex
        path.write_bytes(content)
        return self.rooms.artifacts.commit(job.id, job.token or "", name, path)

    def publish(self, job: Job, name: str, content: bytes) -> None:
        assert self.attempts.publish(job.id, job.token or "", self.artifact(job, name, content))

    def succeed(self, job: Job, **files: bytes) -> None:
        artifacts = {name: self.artifact(job, name, content) for name, content in files.items()}
        assert self.attempts.succeed(job.id, job.token or "", artifacts, {"seconds": 1.5})


def with_service(rooms: Rooms, name: str) -> Rooms:
    """Return rooms whose only service is that real one."""
    found = next(found for found in discover().found if found.service.name == name)
    return replace(rooms, registry=Registry({name: found}))


def with_speech(rooms: Rooms) -> Rooms:
    """Return rooms whose only service is the real `speech`."""
    return with_service(rooms, "speech")


@contextmanager
def another_node(rooms: Rooms, redis: RedisSettings) -> Iterator[str]:
    """Serve the same store and files by a second application; yield its address."""
    app = create_app(replace(rooms, live=Live(redis, Keys(redis.prefix))))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=8, lifespan="on"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            eventually(lambda: server.started, within_s=10)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive()


def staged(rooms: Rooms) -> list[Path]:
    """Files on their way in; there are none when no request is."""
    return list(rooms.uploads.staging.glob("*"))


def kept(rooms: Rooms) -> list[str]:
    """Keys of all stored files."""
    return [entry.key for entry in rooms.artifacts.store.list()]
