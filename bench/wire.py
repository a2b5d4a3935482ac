"""A cheap HTTP client: on two cores, a client that computes much would be what is measured."""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_READ_BYTES = 262_144
_PATIENCE_S = 30.0


@dataclass
class _Line:
    """One connection, and the request that it waits for while it is open.

    body_at: where the answer's body begins, 0 while its head is not there. chunk_at: where a chunk of it begins.
    """

    connection: socket.socket = field(init=False)
    open: bool = False
    began_s: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    body_at: int = 0
    chunk_at: int = 0
    length: int | None = None

    def begin(self) -> None:
        """Forget the last answer."""
        self.got.clear()
        self.open = True
        self.body_at = 0
        self.began_s = time.perf_counter()

    def whole(self) -> bool:
        """Whether the answer is there."""
        if not self.body_at and not self._headed():
            return False
        if self.length is not None:
            return len(self.got) >= self.body_at + self.length
        while (end := self.got.find(b"\r\n", self.chunk_at)) >= 0:
            size = int(self.got[self.chunk_at : end].partition(b";")[0], 16)
            if size == 0:
                return len(self.got) >= end + 4
            self.chunk_at = end + 2 + size + 2
        return False

    def _headed(self) -> bool:
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.got[: end + 2]).lower()
        self.body_at = self.chunk_at = end + 4
        start = head.find(b"content-length:")
        self.length = int(head[start + 15 : head.find(b"\r\n", start)]) if start >= 0 else None
        assert self.length is not None or b"transfer-encoding: chunked" in head, head
        return True


class Clients:
    """Clients with a connection each, that send their next request when the last one is answered.

    request: makes the next request. want: the status line's number, and a piece of the answer. least_bytes: what the
    body has at least, its chunks' frames included.
    """

    def __init__(
        self, port: int, number: int, request: Callable[[], bytes], want: tuple[int, bytes], *, least_bytes: int = 0
    ) -> None:
        self._request = request
        self._want = want
        self._least_bytes = least_bytes
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._lines = [_Line() for _ in range(number)]
        for line in self._lines:
            self._connect(line)

    def run(self, requests: int) -> list[float]:
        """Make so many requests; return how long each took, seconds, sorted."""
        took: list[float] = []
        open_ = 0
        left = requests
        for line in self._lines[:requests]:
            self._send(line)
            open_, left = open_ + 1, left - 1
        while open_:
            ready = self._selector.select(_PATIENCE_S)
            if not ready:
                raise TimeoutError("the server does not answer")
            for key, _ in ready:
                waiting: _Line = key.data
                piece = waiting.connection.recv(_READ_BYTES)
                if not piece and not waiting.open:  # it has waited for too long for a next request
                    self._hang_up(waiting)
                    self._connect(waiting)
                    continue
                assert piece, f"the server hung up after {len(waiting.got)} bytes: {bytes(waiting.got[:200])!r}"
                waiting.got += piece
                if not waiting.whole():
                    continue
                took.append(time.perf_counter() - waiting.began_s)
                self._check(waiting)
                waiting.open = False
                open_ -= 1
                if left:
                    self._send(waiting)
                    open_, left = open_ + 1, left - 1
        return sorted(took)

    def close(self) -> None:
        """Hang up."""
        for line in self._lines:
            line.connection.close()
        self._selector.close()

    def _connect(self, line: _Line) -> None:
        line.connection = socket.create_connection(("127.0.0.1", self._port))
        line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(line.connection, selectors.EVENT_READ, line)

    def _hang_up(self, line: _Line) -> None:
        self._selector.unregister(line.connection)
        line.connection.close()

    def _send(self, line: _Line) -> None:
        request = self._request()
        line.begin()
        line.connection.sendall(request)

    def _check(self, line: _Line) -> None:
        """Raise AssertionError when it is another answer than wanted."""
        status, piece = self._want
        told = bytes(line.got[:2000])
        assert told.startswith(b"HTTP/1.1 %d" % status), told
        assert piece in line.got, told
        assert len(line.got) - line.body_at >= self._least_bytes, told


def percentile(times: list[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the sorted times lie."""
    return times[min(len(times) - 1, int(len(times) * share))]
