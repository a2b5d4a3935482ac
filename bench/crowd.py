"""Many clients that wait or watch, in a process of their own: `python -m bench.crowd`, spoken to by `crowd`."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import uvloop
from bench.machine import ROOT, python

_AT_ONCE = 50
_BEGUN_WITHIN_S = 60.0
_SENT_AT = re.compile(rb"t=(\d+);")


class Crowd:
    """A process full of clients."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child

    def delivered(self, events: int, within_s: float = 120.0) -> list[float]:
        """Wait until all clients together got `events` marked events since the last call; return how long each took.

        Seconds from `t=<monotonic ns>;` in the event to its arrival, sorted.
        """
        return [nanoseconds / 1e9 for nanoseconds in self._say({"events": events, "within_s": within_s})["took_ns"]]

    def _say(self, message: object) -> Any:  # noqa: ANN401 - any JSON
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps(message) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        assert line, "the clients died"
        return json.loads(line)


@contextmanager
def crowd(port: int, requests: Sequence[bytes]) -> Iterator[Crowd]:
    """Let a client send each request and take what comes; a request that is answered is sent again."""
    child = subprocess.Popen(python("bench.crowd"), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        clients = Crowd(child)
        clients._say({"port": port, "requests": [request.decode() for request in requests]})  # noqa: SLF001
        yield clients
    finally:
        assert child.stdin
        child.stdin.close()
        child.wait(15)


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, took_ns: list[int]) -> None:
        self._request = request
        self._live = b"text/event-stream" in request
        self._took_ns = took_ns
        self.begun = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._transport.write(self._request)
        if not self._live:
            self.begun.set()

    def data_received(self, data: bytes) -> None:
        if not self._live:
            assert data.startswith(b"HTTP/1.1 200"), data
            self._transport.write(self._request)
            return
        if not self.begun.is_set():
            assert data.startswith(b"HTTP/1.1 200"), data
            self.begun.set()
        now = time.monotonic_ns()
        for sent_at in _SENT_AT.findall(data):
            self._took_ns.append(now - int(sent_at))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    took_ns: list[int] = []
    order = json.loads(sys.stdin.readline())
    clients = [_Client(request.encode(), took_ns) for request in order["requests"]]
    for start in range(0, len(clients), _AT_ONCE):
        group = clients[start : start + _AT_ONCE]
        for client in group:
            await loop.create_connection(lambda client=client: client, "127.0.0.1", order["port"])  # type: ignore[misc]
        async with asyncio.timeout(_BEGUN_WITHIN_S):
            await asyncio.gather(*(client.begun.wait() for client in group))
    print("{}", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        async with asyncio.timeout(order["within_s"]):
            while len(took_ns) < order["events"]:  # noqa: ASYNC110 - the clients shall only count
                await asyncio.sleep(0.05)
        print(json.dumps({"took_ns": sorted(took_ns)}), flush=True)
        took_ns.clear()


if __name__ == "__main__":
    uvloop.run(_serve())
