"""Plain HTTP, which the guard reads and writes anew."""

import socket
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

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

from mediamill.core.context import Network
from mediamill.testing import eventually


def lines_of(head: bytes) -> list[bytes]:
    return head.removesuffix(b"\r\n\r\n").split(b"\r\n")


def test_a_request_goes_on_in_origin_form_and_its_answer_comes_back() -> None:
    with answering() as server, gate(server.place) as opened:
        answer = ask(
            opened,
            f"GET {server.url('/a/b?c=d&e=%20')} HTTP/1.1\r\nHost: {server.place}\r\nUser-Agent: Test\r\n"
            "LOGIN\r\nx-Odd-Case: 1\r\nCookie: a=b\r\n\r\n".encode(),
        )
        assert status(answer) == 200
        assert answer.endswith(b"\r\n\r\nhello")
        assert lines_of(server.heard[0]) == [
            b"GET /a/b?c=d&e=%20 HTTP/1.1",
            b"Host: " + server.place.encode(),
            b"User-Agent: Test",
            b"x-Odd-Case: 1",
            b"Cookie: a=b",
            b"Connection: close",
        ]
        assert opened.sent == len(server.heard[0])
        assert opened.received == len(OK)


@pytest.mark.parametrize(("path", "sent"), [("", "/"), ("?a=b", "/?a=b"), ("//x/y", "//x/y"), ("/a@b:c", "/a@b:c")])
def test_a_path_goes_on_as_it_is(path: str, sent: str) -> None:
    with answering() as server, gate(server.place) as opened:
        get(opened, f"http://{server.place}{path}")
        assert server.heard[0].startswith(f"GET {sent} HTTP/1.1\r\n".encode())


def test_the_host_is_the_one_of_the_url_whatever_else_is_said() -> None:
    with answering() as server, gate(server.place, Names({"a.example": [["127.0.0.1"]]})) as opened:
        url = f"http://A.Example:{server.port}/"
        answer = ask(opened, f"GET {url} HTTP/1.1\r\nHost: 169.254.169.254\r\nLOGIN\r\n\r\n".encode())
        assert status(answer) == 200
        assert lines_of(server.heard[0])[1] == f"Host: a.example:{server.port}".encode()
        assert b"169.254" not in server.heard[0]


def test_what_belongs_to_one_connection_does_not_go_on() -> None:
    with answering() as server, gate(server.place) as opened:
        ask(
            opened,
            f"GET {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\n"
            "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: websocket\r\n"
            "X-Yours: 2\r\n\r\n".encode(),
        )
        assert lines_of(server.heard[0])[1:] == [
            b"Host: " + server.place.encode(),
            b"X-Yours: 2",
            b"Connection: close",
        ]


def test_the_connection_ends_with_the_answer_whatever_the_server_says() -> None:
    said = (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"
        b" folded\r\nUpgrade: h2c\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nhi"
    )
    with answering(said) as server, gate(server.place) as opened:
        assert get(opened, server.url()) == (
            b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        )


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nto the end",
        b"ICY 200 OK\r\nicy-name: radio\r\n\r\nsound",
        b"HTTP/1.1 200\nX: 1\n\nbare ends of lines",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nOdd Name : 1\r\n\r\nodd",
    ],
)
def test_odd_servers_are_passed_on_as_they_are(said: bytes) -> None:
    with answering(said) as server, gate(server.place) as opened:
        answer = get(opened, server.url())
        assert answer.split()[1] == said.split()[1]
        assert answer.split(b"\r\n\r\n", 1)[1] == said.replace(b"\n\n", b"\r\n\r\n").split(b"\r\n\r\n", 1)[1]


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"nonsense", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000]
)
def test_an_answer_that_is_none_is_told_as_such(said: bytes) -> None:
    with answering(said) as server, gate(server.place) as opened:
        assert status(get(opened, server.url())) == 502


def test_a_body_goes_on_with_its_length() -> None:
    bodies: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        bodies.append(head_of(connection))
        bodies.append(connection.recv(5, socket.MSG_WAITALL))
        connection.sendall(OK)

    with listening(handler) as server, gate(server.place) as opened:
        answer = ask(
            opened,
            f"POST {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\nContent-Length: 5\r\n\r\nhello".encode(),
        )
        assert answer.endswith(b"hello")
        assert b"Content-Length: 5\r\n" in bodies[0]
        assert bodies[1] == b"hello"


def test_a_body_in_chunks_is_framed_anew() -> None:
    bodies: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        bodies.append(head_of(connection))
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(100)
        bodies.append(body)
        connection.sendall(OK)

    with listening(handler) as server, gate(server.place) as opened:
        ask(
            opened,
            f"POST {server.url()} HTTP/1.1\r\nHost: x\r\nLOGIN\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + b"5;name=x\r\nhello\r\n0\r\nTrailer: evil\r\n\r\n",
        )
        assert bodies[1] == b"5\r\nhello\r\n0\r\n\r\n"


def test_a_program_may_wait_for_leave_to_send_its_body() -> None:
    def handler(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.recv(2, socket.MSG_WAITALL) == b"hi"
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK)

    with listening(handler) as server, gate(server.place) as opened, connected(opened) as program:
        program.sendall(
            f"PUT {server.url()} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n".encode()
            + login(opened)
            + b"\r\n"
        )
        assert head_of(program) == b"HTTP/1.1 100 Continue\r\n\r\n"
        program.sendall(b"hi")
        assert everything(program) == (
            b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        )


def test_an_answer_that_breaks_off_does_not_look_whole() -> None:
    def handler(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\npart")
        assert connection.recv(1) == b""

    with listening(handler) as server, gate(server.place) as opened, connected(opened) as program:
        program.sendall(f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + login(opened) + b"\r\n")
        head_of(program)
        assert program.recv(4) == b"part"
        opened.close()
        with pytest.raises(ConnectionResetError):
            program.recv(1)


def test_an_answer_arrives_whole_although_the_program_said_more_than_its_request() -> None:
    content = b"x" * 1_000_000
    with (
        answering(b"HTTP/1.1 200 OK\r\n\r\n" + content) as server,
        gate(server.place) as opened,
        connected(opened) as program,
    ):
        head = f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + login(opened) + b"\r\n"
        program.sendall(head + b"and more" * 20_000)
        eventually(lambda: opened.received > len(content), within_s=5)
        assert everything(program).endswith(b"\r\n\r\n" + content)


def test_a_program_that_goes_takes_its_request_with_it() -> None:
    left: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        head_of(connection)
        left.append(everything(connection))

    with listening(handler) as server, gate(server.place) as opened:
        program = connected(opened)
        program.sendall(f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + login(opened) + b"\r\n")
        eventually(lambda: server.opened == 1 and opened.sent > 0, within_s=5)
        program.close()
        eventually(lambda: left == [b""], within_s=5)
        eventually(lambda: not opened._visits, within_s=5)


def test_a_redirect_is_a_request_as_any_other() -> None:
    with (
        answering() as inner,
        answering(b"HTTP/1.1 302 Found\r\nLocation: " + inner.url().encode() + b"\r\n\r\n") as outer,
    ):
        with gate(outer.place) as opened:
            browser = build_opener(ProxyHandler({"http": opened.url}))
            with pytest.raises(HTTPError, match="403: Refused"):
                browser.open(outer.url(), timeout=10)
            assert opened.refused == ("127.0.0.1: a loopback address",)
        assert (outer.opened, inner.opened) == (1, 0)


def test_a_name_is_resolved_anew_for_each_request_and_vetted_each_time() -> None:
    names = Names({"a.example": [["127.0.0.1"], ["169.254.169.254"], ["127.0.0.1"]]})
    with answering() as server, gate(server.place, names) as opened:
        url = f"http://a.example:{server.port}/"
        assert [status(get(opened, url)) for _ in range(3)] == [200, 403, 200]
        assert opened.refused == ("a.example: an address of the machine's metadata",)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/",
        "http://192.168.0.1/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://93.184.216.34:25/",
    ],
)
def test_what_is_not_public_is_refused(url: str) -> None:
    with gate() as opened:
        answer = get(opened, url)
        assert status(answer) == 403
        assert answer.startswith(b"HTTP/1.1 403 Refused\r\n")
        assert opened.refused[0] in answer.decode()


def test_the_first_refusals_are_told_once_each() -> None:
    with gate() as opened:
        for number in (1, 1, *range(1, 31)):
            get(opened, f"http://10.0.0.{number}/?secret=1")
        assert opened.refused == tuple(f"10.0.0.{number}: a private address" for number in range(1, 21))


def test_hosts_other_than_the_networks_are_refused() -> None:
    with answering() as server, gate(server.place, network=Network(hosts=("a.example",))) as opened:
        assert status(get(opened, server.url())) == 403
        assert server.opened == 0
