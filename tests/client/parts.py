# ruff: noqa: ANN401 - calls are passed on, whatever they are
"""What the tests of the client share: a line that breaks, the async client for ordinary code, files that are kept."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from tests.web.parts import SHOUT, ShoutParams, Worker

from mediamill.client import AsyncClient
from mediamill.core.context import About
from mediamill.engine.library import Asked, Attempted
from mediamill.engine.registry import Found, Registry
from mediamill.engine.submit import Ask
from mediamill.services.recordings import services
from mediamill.web.rooms import Rooms


class Line:
    """A TCP line to a server that breaks where it is told to.

    breaks: for each connection in turn, how many bytes of the answer come through before the line
    breaks. When the list is over, lines hold. asked: what clients sent, connection by connection.
    """

    def __init__(self, url: str) -> None:
        self.breaks: list[int] = []
        self.asked: list[bytes] = []
        self._server = (urlsplit(url).hostname, urlsplit(url).port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A close alone does not wake a thread that waits in accept() or recv().
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._ends += [client, server]
            left = self.breaks.pop(0) if self.breaks else None
            number = len(self.asked)
            self.asked.append(b"")
            up = threading.Thread(target=self._pass_up, args=(client, server, number))
            down = threading.Thread(target=self._pass_down, args=(server, client, left))
            self._threads += [up, down]
            up.start()
            down.start()

    def _pass_up(self, client: socket.socket, server: socket.socket, number: int) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                self.asked[number] += data
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _pass_down(server: socket.socket, client: socket.socket, left: int | None) -> None:
        with server, client, suppress(OSError):
            while data := server.recv(65_536):
                if left is not None and len(data) > left:
                    client.sendall(data[:left])
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
                left = None if left is None else left - len(data)
            client.shutdown(socket.SHUT_RDWR)


class Awaited:
    """The async client, each call run to its end in a loop of its own: one suite serves both clients."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(*args, **kwargs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = method(*args, **kwargs)
            return self._iterated(answer) if hasattr(answer, "__anext__") else self._runner.run(answer)

        return call

    def _iterated(self, values: Any) -> Iterator[Any]:
        async def advance() -> Any:
            return await anext(values)

        try:
            while True:
                try:
                    value = self._runner.run(advance())
                except StopAsyncIteration:
                    return
                yield value
        finally:
            self._runner.run(values.aclose())


def recording(rooms: Rooms) -> Rooms:
    """Return rooms that also have the real services that record and watch."""
    here = {each.name: Found(each, "mediamill.services.recordings", ()) for each in services}
    return replace(rooms, registry=Registry({SHOUT.name: Found(SHOUT, "web_plugin", ()), **here}))


@dataclass(frozen=True)
class Shelf:
    """Has files kept beyond their jobs, as a recording does."""

    rooms: Rooms
    worker: Worker
    folder: Path

    def put(self, name: str, body: bytes, *, owner: str = "ann", room: str = "", url: str = "") -> str:
        """Return the path under which it was kept, by a job that has succeeded."""
        self.rooms.submitter.submit(Ask(service=SHOUT, params=ShoutParams(text=uuid4().hex), owner=owner))
        job = self.worker.claim()
        path = self.folder / uuid4().hex
        path.write_bytes(body)
        attempt = Attempted(job, job.token or "", lambda: None, lambda *_: None)
        kept = self.rooms.library.keep(Asked(name, path, About(room, url, 5.0, 60.0)), attempt)
        self.worker.succeed(job)
        return kept.name
