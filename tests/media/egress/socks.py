"""A SOCKS 5 proxy of the tests (RFC 1928, RFC 1929)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Thread

from tests.media.egress.kit import Listener, listening


@dataclass
class Socks:
    """login: what it wants, or None. moods: replies to the next requests; then it connects. asked: for what."""

    listener: Listener
    login: tuple[bytes, bytes] | None = None
    moods: list[int] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def place(self) -> str:
        return self.listener.place


@contextmanager
def socks(login: tuple[bytes, bytes] | None = None) -> Iterator[Socks]:
    found: list[Socks] = []
    with listening(lambda connection: _serve(found[0], connection)) as listener:
        found.append(Socks(listener, login))
        yield found[0]


def _serve(proxy: Socks, connection: socket.socket) -> None:
    _, count = _take(connection, 2)
    offered = _take(connection, count)
    wanted = 0 if proxy.login is None else 2
    if wanted not in offered:
        connection.sendall(b"\x05\xff")
        return
    connection.sendall(bytes([5, wanted]))
    if proxy.login is not None:
        user = _take(connection, _take(connection, 2)[1])
        password = _take(connection, _take(connection, 1)[0])
        wrong = (user, password) != proxy.login
        connection.sendall(bytes([1, int(wrong)]))
        if wrong:
            return
    _, _, _, kind = _take(connection, 4)
    address = str(ip_address(_take(connection, {1: 4, 4: 16}[kind])))
    port = int.from_bytes(_take(connection, 2), "big")
    proxy.asked.append((address, port))
    if proxy.moods:
        connection.sendall(bytes([5, proxy.moods.pop(0), 0, 1]) + bytes(6))
        return
    with socket.create_connection((address, port)) as server:
        connection.sendall(bytes([5, 0, 0, 3, 3]) + b"abc" + bytes(2))
        up = Thread(target=_copy, args=(connection, server), daemon=True)
        up.start()
        _copy(server, connection)
        up.join(5)


def _take(connection: socket.socket, size: int) -> bytes:
    return connection.recv(size, socket.MSG_WAITALL) if size else b""


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65_536):
            sink.sendall(some)
        sink.shutdown(socket.SHUT_WR)
