"""What somebody writes who wants to get past the guard: framing, disguises, endless heads."""

import socket
import time
from contextlib import suppress

import pytest
from tests.media.egress.kit import (
    OK,
    Names,
    answering,
    ask,
    connected,
    everything,
    gate,
    get,
    head_of,
    listening,
    login,
    status,
)

from mediamill.testing import eventually

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: inner\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5 5\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length : 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding:\x00chunked\r\n",
        b"X: 1\rTransfer-Encoding: chunked\r\n",
        b": 1\r\n",
        b"No colon\r\n",
        b"X\x00Y: 1\r\n",
        b"X: 1\x00\r\n",
        b"Host: y\r\n",
    ],
)
def test_a_request_with_two_readings_goes_nowhere(framing: bytes) -> None:
    with answering() as server, gate(server.place) as opened:
        answer = ask(
            opened,
            f"POST {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n".encode() + framing + b"\r\n0\r\n\r\n" + SMUGGLED,
        )
        assert status(answer) in {400, 501}
        assert server.opened == 0


def test_the_same_length_twice_is_one_length() -> None:
    with answering() as server, gate(server.place) as opened:
        lengths = b"Content-Length: 0\r\nContent-Length: 0\r\n"
        answer = ask(opened, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n".encode() + lengths + b"\r\n")
        assert status(answer) == 200
        assert server.heard[0].lower().count(b"content-length") == 1


def test_chunks_of_a_request_of_http_1_0_go_nowhere() -> None:
    with answering() as server, gate(server.place) as opened:
        chunked = b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        answer = ask(opened, f"POST {server.url()} HTTP/1.0\r\nHost: x\r\nLOGIN\r\n".encode() + chunked)
        assert status(answer) == 400
        assert server.opened == 0


@pytest.mark.parametrize("length", ["", "Content-Length: 0\r\n", "Content-Length: 2\r\n"])
def test_a_second_request_on_a_connection_reaches_nobody(length: str) -> None:
    said: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        connection.settimeout(0.3)
        try:
            while some := connection.recv(65_536):
                said.append(some)
        except TimeoutError:
            connection.sendall(OK)

    with listening(handler) as server, gate(server.place) as opened:
        body = b"hi" if "2" in length else b""
        answer = ask(
            opened, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n{length}\r\n".encode() + body + SMUGGLED
        )
        assert answer.count(b"HTTP/1.1") == 1
        assert b"smuggled" not in b"".join(said)


def test_a_later_second_request_reaches_nobody_either() -> None:
    said: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        said.append(head_of(connection))
        connection.settimeout(0.3)
        with suppress(TimeoutError):
            said.append(connection.recv(65_536))
        connection.sendall(OK)

    with listening(handler) as server, gate(server.place) as opened, connected(opened) as program:
        program.sendall(f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + login(opened) + b"\r\n")
        eventually(lambda: said, within_s=5)
        program.sendall(SMUGGLED)
        assert everything(program).endswith(b"hello")
    assert len(said) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhelloX0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5 ;\r\rhello\r\n0\r\n\r\n",
        b"fffffffffffffffffffffff\r\nhello",
        b"zz\r\n\r\n",
    ],
)
def test_chunks_that_are_none_end_the_request(body: bytes) -> None:
    said: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        said.append(everything(connection))

    with listening(handler) as server, gate(server.place) as opened:
        head = f"POST {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        assert ask(opened, head + body + SMUGGLED) == b""
    assert all(not heard.endswith(b"0\r\n\r\n") and b"smuggled" not in heard for heard in said)


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "*",
        "example.org",
        "//example.org/",
        "https://example.org/",
        "ftp://example.org/",
        "file:///etc/hostname",
        "http:/example.org/",
        "http:///",
        "http://",
        "http://:80/",
        "http://example.org:/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:80:80/",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org@10.0.0.1/",
        "http://10.0.0.1\\@example.org/",
        "http://example.org\\.evil.example/",
        "http://example.org/#fragment",
        "http://example.org#@10.0.0.1/",
        "http://%31%30.0.0.1/",
        "http://exa%00mple.org/",
        "http://example..org/",
        "http://.example.org/",
        "http://[::1/",
        "http://::1/",
        "http://[fe80::1%25lo]/",
        "http://[::1%lo]/",
        "http://[::1]evil/",
        "http://[::1]:80evil/",
        "http://exämple.org/",
        "http://１２７.0.0.1/",  # noqa: RUF001 - digits of another script
        "http://example.org/\x01",
        "http://example.org/\t",
        "http://" + "a" * 300 + "/",
    ],
)
def test_what_is_no_absolute_url_goes_nowhere(target: str) -> None:
    names = Names({})
    with gate(resolver=names) as opened:
        answer = ask(opened, f"GET {target} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n".encode())
        assert status(answer) == 400
        assert b"secret" not in answer
    assert names.asked == []


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://example.org/ HTTP/1.1 HTTP/1.1\r\n",
        b"GET  http://example.org/ HTTP/1.1\r\n",
        b"GET\thttp://example.org/ HTTP/1.1\r\n",
        b"GET http://example.org/\r\n",
        b"GET http://example.org/ HTTP/2.0\r\n",
        b"GET http://example.org/ HTTP/0.9\r\n",
        b"GET http://example.org/ HTTP/1.1\rX: y\r\n",
        b"G(T http://example.org/ HTTP/1.1\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n",
        b"\x05\x01\x00\r\n",
    ],
)
def test_what_is_no_request_goes_nowhere(line: bytes) -> None:
    with gate() as opened:
        answer = ask(opened, line + b"Host: x\r\nLOGIN\r\n\r\n")
        assert status(answer) in {400, 505}
        assert opened.refused == ()


def test_a_header_that_is_folded_is_one_line_for_the_server() -> None:
    with answering() as server, gate(server.place) as opened:
        ask(opened, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\nX: a\r\n\tGET /b HTTP/1.1\r\n\r\n".encode())
        assert b"X: a GET /b HTTP/1.1\r\n" in server.heard[0]


def test_nothing_can_be_named_for_the_connection_that_the_guard_writes() -> None:
    with answering() as server, gate(server.place) as opened:
        named = b"Connection: host, content-length, connection\r\nContent-Length: 0\r\n"
        ask(opened, f"POST {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n".encode() + named + b"\r\n")
        assert server.heard[0].split(b"\r\n")[1:] == [
            b"Host: " + server.place.encode(),
            b"Content-Length: 0",
            b"Connection: close",
            b"",
            b"",
        ]


@pytest.mark.parametrize("count", [201, 10_000])
def test_too_many_headers_are_refused_soon(count: int) -> None:
    with answering() as server, gate(server.place) as opened:
        began = time.process_time()
        answer = ask(
            opened, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n".encode() + b"a:\r\n" * count + b"\r\n"
        )
        assert status(answer) == 431
        assert time.process_time() - began < 1
        assert server.opened == 0


@pytest.mark.parametrize(
    "head", [b"GET http://a.example/" + b"x" * 10_000_000, b"GET http://a.example/ HTTP/1.1\r\nX: " + b"x" * 10_000_000]
)
def test_a_head_without_an_end_is_refused(head: bytes) -> None:
    with gate() as opened, connected(opened) as program:
        try:
            program.sendall(head)
        except ConnectionError:
            return
        answer = everything(program)
        assert not answer or status(answer) in {400, 431}


def test_a_redirect_in_a_circle_is_the_programs_affair_and_each_step_is_vetted() -> None:
    names = Names({"a.example": [["127.0.0.1"]]})
    with answering(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n") as server, gate(server.place, names) as opened:
        for _ in range(3):
            assert status(get(opened, f"http://a.example:{server.port}/")) == 302
    assert names.asked == ["a.example"] * 3


def test_odd_methods_are_methods() -> None:
    with answering() as server, gate(server.place) as opened:
        assert status(ask(opened, f"M-SEARCH {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n".encode())) == 200
        assert server.heard[0].startswith(b"M-SEARCH / HTTP/1.1\r\n")
