"""The proxy does to a connection what it says, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.faults.proxy import Proxy

from mediamill.testing import eventually

SHORT_S = 0.2


class Echo:
    """A server that says again what it hears. heard: all of it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.heard = bytearray()
        self.broken = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        number: int = self.listener.getsockname()[1]
        return number

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                while piece := connection.recv(65_536):
                    self.heard += piece
                    connection.sendall(piece)
            except ConnectionError:
                self.broken += 1


@pytest.fixture
def echo() -> Iterator[Echo]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Echo(listener)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as line:
        yield line


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def said(connection: socket.socket, words: bytes) -> bytes:
    """Say something and return as many bytes of answer."""
    connection.sendall(words)
    return heard(connection, len(words))


def heard(connection: socket.socket, count: int) -> bytes:
    answer = b""
    while len(answer) < count and (piece := connection.recv(65_536)):
        answer += piece
    return answer


def silent(connection: socket.socket) -> bool:
    """Whether nothing comes, not even an end."""
    connection.settimeout(SHORT_S)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(5)
    return False


def test_it_passes_bytes_and_ends_on(proxy: Proxy) -> None:
    words = bytes(range(256)) * 4096
    with dial(proxy) as connection:
        threading.Thread(target=connection.sendall, args=(words,)).start()
        assert heard(connection, len(words)) == words
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    eventually(lambda: proxy.open == 0)
    assert proxy.accepted == 1


def test_it_reaches_a_unix_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        Echo(listener)
        with Proxy(str(tmp_path / "s")) as proxy, dial(proxy) as connection:
            assert said(connection, b"hello") == b"hello"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_delay_counts_in_each_direction(proxy: Proxy) -> None:
    with dial(proxy) as connection:
        said(connection, b"a")
        proxy.delay(0.1)
        began = time.monotonic()
        assert said(connection, b"b") == b"b"
        assert time.monotonic() - began >= 0.2
        proxy.heal()
        assert said(connection, b"c") == b"c"


def test_a_delay_is_no_brake(proxy: Proxy) -> None:
    proxy.delay(0.1)
    with dial(proxy) as connection:
        began = time.monotonic()
        for _ in range(20):
            connection.sendall(b"x")
            time.sleep(0.005)
        assert heard(connection, 20) == b"x" * 20
        assert time.monotonic() - began < 1.0


def test_a_black_hole_holds_back_and_heals(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as old:
        said(old, b"a")
        proxy.blackhole()
        old.sendall(b"b")
        with dial(proxy) as new:
            new.sendall(b"c")
            assert silent(old)
            assert silent(new)
            assert bytes(echo.heard) == b"a"
            proxy.heal()
            assert (old.recv(1), new.recv(1)) == (b"b", b"c")


def test_half_open_answers_are_lost_for_good(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as old:
        said(old, b"a")
        assert proxy.half_open() == 1
        old.sendall(b"b")
        eventually(lambda: bytes(echo.heard) == b"ab")
        assert silent(old)
        with dial(proxy) as new:
            assert said(new, b"c") == b"c"
        proxy.heal()
        assert silent(old)


def test_half_open_requests_are_lost_for_good(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as old:
        said(old, b"a")
        assert proxy.half_open(answers=False) == 1
        old.sendall(b"b")
        assert silent(old)
        proxy.heal()
        assert silent(old)
        assert bytes(echo.heard) == b"a"


def test_muted_it_loses_the_answers_of_later_connections_too(proxy: Proxy, echo: Echo) -> None:
    assert proxy.mute() == 0
    with dial(proxy) as muted:
        muted.sendall(b"a")
        eventually(lambda: bytes(echo.heard) == b"a")
        assert silent(muted)
        proxy.heal()
        assert silent(muted)
    with dial(proxy) as connection:
        assert said(connection, b"b") == b"b"


def test_a_reset_breaks_both_sides(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as connection:
        said(connection, b"a")
        assert proxy.reset() == 1
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    eventually(lambda: echo.broken == 1)
    with dial(proxy) as connection:
        assert said(connection, b"b") == b"b"


def test_it_refuses_and_is_back_on_the_same_port(proxy: Proxy) -> None:
    with dial(proxy) as connection:
        said(connection, b"a")
        assert proxy.refuse() == 1
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
    proxy.heal()
    with dial(proxy) as connection:
        assert said(connection, b"b") == b"b"


def test_a_server_that_is_away_breaks_the_connection(echo: Echo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with Proxy(port) as proxy, dial(proxy) as connection, suppress(ConnectionResetError):
        assert connection.recv(1) == b""
    assert not echo.heard
