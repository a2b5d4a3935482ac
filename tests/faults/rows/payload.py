"""Requests that are too large, too deep, or never end."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import Final
from urllib.parse import urlsplit

import psutil
from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.stack import KEYS
from tests.faults.wire import Told, once

MIB: Final = 2**20
LIMIT_BYTES: Final = 16 * MIB
#: What is between us and the server: its buffers and ours.
ON_THE_WAY_BYTES: Final = 16 * MIB
#: What the API may grow by while it refuses all this: parameters (8 MiB at most) are parsed in memory, and four
#: requests at once cost some twenty times their size.
GROWTH_BYTES: Final = 320 * MIB
_PIECE: Final = bytes(64 * 1024)
_SAY_NO: Final = frozenset({400, 413, 415, 422})


@dataclass(frozen=True)
class Sent:
    """How a stream of bytes ended: the status, and how many were sent before it came."""

    status: int
    sent_bytes: int
    seconds: float


def _stream(door: str, head: list[str], pieces: Iterator[bytes]) -> Sent:
    """Send pieces in chunks, without a Content-Length, until an answer comes."""
    parts = urlsplit(door)
    began, sent = time.monotonic(), 0
    lines = ["POST /quick HTTP/1.1", f"Host: {parts.netloc}", f"X-API-Key: {KEYS['ann']}", *head]
    with closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)) as connection:
        connection.sendall("\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode())
        answer = b""
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
                connection.settimeout(0)
                with suppress(BlockingIOError):
                    answer = connection.recv(4_096)
                connection.settimeout(30)
                if answer:
                    break
            else:
                connection.sendall(b"0\r\n\r\n")
        answer = answer or connection.recv(4_096)
    return Sent(int(answer.split()[1]), sent, time.monotonic() - began)


def _endless(total_bytes: int) -> Iterator[bytes]:
    for _ in range(total_bytes // len(_PIECE)):
        yield _PIECE


class _Watch:
    """The most memory that a process had while it was watched, bytes."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.before = self.most = self._process.memory_info().rss
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            self.most = max(self.most, self._process.memory_info().rss)

    def growth(self) -> int:
        """End it."""
        self._stop.set()
        self._thread.join()
        return self.most - self.before


def _deep(levels: int) -> bytes:
    return b'{"number": ' + b"[" * levels + b"]" * levels + b"}"


def _wide(members: int) -> bytes:
    return json.dumps({"number": 1, **{f"m{number}": number for number in range(members)}}).encode()


def _huge(ground: Ground) -> None:
    door = ground.stack.doors[0]
    ground.load.start(Habits(clients=1, pause_s=0.3))
    once(door, "POST", "/quick", _wide(10))  # what the first refusal costs is nobody's
    watch = _Watch(ground.stack.apis[0].pid)

    with ground.fault("bodies without a length that go on and on"), ThreadPoolExecutor(6) as pool:
        head = ["Content-Type: application/json"]
        ends = list(pool.map(lambda _: _stream(door, head, _endless(8 * LIMIT_BYTES)), range(6)))
        for end in ends:
            assert end.status == 413, end
            assert end.sent_bytes <= LIMIT_BYTES + ON_THE_WAY_BYTES, f"{end.sent_bytes / MIB:.0f} MiB before the answer"
    ground.say(f"413 after {max(end.sent_bytes for end in ends) / MIB:.0f} MiB at most")

    with ground.fault("a body that says at once that it is too long"):
        told = _announced(door, 10 * 2**30)
        assert told.status == 413, told
        assert told.seconds < 2 * ground.margin, told

    bodies: dict[str, bytes] = {
        "1,000,000 brackets deep": _deep(1_000_000),
        "200,000 members wide": _wide(200_000),
        "a number of 1,000,000 digits": b'{"number": ' + b"9" * 1_000_000 + b"}",
        "a text of 8 MiB": b'{"number": 1, "queue": "' + b"x" * (8 * MIB) + b'"}',
        "no JSON": bytes(MIB),
    }
    for what, body in bodies.items():
        with ground.fault(what), ThreadPoolExecutor(4) as pool:
            for answer in pool.map(partial(_post, door, body), range(4)):
                assert answer.status in _SAY_NO, f"{what}: {answer.status} {str(answer.body)[:200]}"
                assert answer.seconds < 10 * ground.margin, f"{what}: {answer.seconds:.1f} s"
    growth = watch.growth()
    assert growth <= GROWTH_BYTES, f"the API grew by {growth / MIB:.0f} MiB"
    ground.say(f"the API grew by {growth / MIB:.0f} MiB")
    ground.load.stop()
    folder = ground.stack.data
    left = [path for path in folder.rglob("*") if path.is_file() and "upload" in str(path.relative_to(folder))]
    assert not left, f"left: {left[:3]}"


def _post(door: str, body: bytes, _number: int) -> Told:
    return once(door, "POST", "/quick", body)


def _announced(door: str, length: int) -> Sent:
    """Say how long the body will be, and send nothing of it."""
    parts = urlsplit(door)
    began = time.monotonic()
    lines = [f"POST /quick HTTP/1.1\r\nHost: {parts.netloc}", f"X-API-Key: {KEYS['ann']}", f"Content-Length: {length}"]
    with closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return Sent(int(connection.recv(4_096).split()[1]), 0, time.monotonic() - began)


ROWS = (
    Row(
        "huge-payload",
        "bodies that are too large or too deep are refused early, in bounded memory",
        _huge,
        Shape(environ={"MEDIAMILL_BODY_LIMIT": f"{LIMIT_BYTES // MIB}MiB"}),
    ),
)
