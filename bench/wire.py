"""A cheap HTTP client: on two cores, a client that computes much would be what is measured."""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_READ_BYTES = 65_536
_PATIENCE_S = 30.0


@dataclass
class _Line:
    """One connection, and the request that it waits for."""

    connection: socket.socket
    began_s: float = 0.0
    got: bytearray = field(default_factory=bytearray)


class Clients:
    """Clients with a connection each, that send their next request when the last one is answered.

    request: makes the next request. want: the status line's number, and a piece of the body.
    """

    def __init__(self, port: int, number: int, request: Callable[[], bytes], want: tuple[int, bytes]) -> None:
        self._request = request
        self._want = want
        self._selector = selectors.DefaultSelector()
        self._lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _ in range(number)]
        for line in self._lines:
            line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(line.connection, selectors.EVENT_READ, line)

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
                waiting.got += waiting.connection.recv(_READ_BYTES)
                if not self._whole(waiting.got):
                    continue
                took.append(time.perf_counter() - waiting.began_s)
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

    def _send(self, line: _Line) -> None:
        line.got.clear()
        request = self._request()
        line.began_s = time.perf_counter()
        line.connection.sendall(request)

    def _whole(self, got: bytearray) -> bool:
        """Whether the answer is there. Raises AssertionError when it is another one than wanted."""
        end = got.find(b"\r\n\r\n")
        if end < 0:
            return False
        start = got.lower().find(b"content-length:", 0, end + 2)
        length = int(got[start + 15 : got.find(b"\r\n", start)])
        if len(got) < end + 4 + length:
            return False
        status, piece = self._want
        assert got.startswith(b"HTTP/1.1 %d" % status), bytes(got)
        assert piece in got, bytes(got)
        return True


def percentile(times: list[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the sorted times lie."""
    return times[min(len(times) - 1, int(len(times) * share))]
