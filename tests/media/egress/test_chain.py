"""A user's own proxy: what goes through it, and that nothing of it goes elsewhere."""

import base64
import socket

import pytest
from tests.media.egress.kit import (
    OK,
    Names,
    answering,
    ask,
    echo,
    everything,
    gate,
    get,
    head_of,
    listening,
    status,
    tunnel,
)
from tests.media.egress.socks import socks

from mediamill.core.context import Network
from mediamill.media.egress.chain import proxy
from mediamill.media.egress.gate import Patience


def test_a_gate_goes_on_through_another_gate() -> None:
    with (
        answering() as server,
        gate(server.place) as outer,
        gate(f"{server.place},127.0.0.1:{outer.port}", network=Network(proxy=outer.url)) as inner,
    ):
        assert get(inner, server.url()).endswith(b"hello")
        assert inner.received == outer.received == len(OK)
        program, head = tunnel(inner, server.place)
        with program:
            assert status(head) == 200
            program.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert everything(program) == OK
        assert inner.sent == outer.sent


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize(
    ("login", "shown"), [(None, ""), ((b"u", b"p@ss/:"), "u:p%40ss%2F:@"), (None, "u:p@"), ((b"u", b""), "u@")]
)
def test_a_gate_goes_on_through_socks(scheme: str, login: tuple[bytes, bytes] | None, shown: str) -> None:
    with answering() as server, socks(login) as outer:
        network = Network(proxy=f"{scheme}://{shown}{outer.place}")
        names = Names({"a.example": [["127.0.0.1"]]})
        with gate(f"{server.place},{outer.place}", names, network=network) as inner:
            assert get(inner, f"http://a.example:{server.port}/").endswith(b"hello")
            assert outer.asked == [("127.0.0.1", server.port)]
            assert f"Host: a.example:{server.port}".encode() in server.heard[0]


def test_the_proxy_is_given_the_address_that_was_vetted_and_never_a_name() -> None:
    heard: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        heard.append(head_of(connection))
        connection.sendall(b"HTTP/1.1 200 Fine\r\nX: 1\r\n\r\nearly ")
        echo(connection)

    names = Names({"a.example": [["127.0.0.1"], ["10.0.0.1"]], "p.example": [["127.0.0.1"]]})
    with listening(handler) as outer:
        network = Network(proxy=f"http://us%20er:p%3Ass@p.example:{outer.port}")
        with gate("127.0.0.1", names, network=network) as inner:
            program, _ = tunnel(inner, "a.example:443")
            with program:
                program.sendall(b"bird")
                program.shutdown(socket.SHUT_WR)
                assert everything(program) == b"early bird"
            assert inner.received == len(b"early bird")
    assert names.asked == ["a.example", "p.example"]
    shown = base64.b64encode(b"us er:p:ss")
    assert heard == [
        b"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\nProxy-Authorization: Basic " + shown + b"\r\n\r\n"
    ]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_what_is_not_public_is_not_asked_of_a_proxy_either(scheme: str) -> None:
    with listening(echo) as outer:
        network = Network(proxy=f"{scheme}://{outer.place}")
        with gate(outer.place, Names({"a.example": [["10.0.0.1"]]}), network=network) as inner:
            for to in ("127.0.0.1:443", "2130706433:443", "a.example:443", "[::ffff:10.0.0.1]:443"):
                program, head = tunnel(inner, to)
                with program:
                    assert status(head) == 403
        assert outer.opened == 0


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_public_is_refused(scheme: str) -> None:
    with listening(echo) as outer, answering() as server:
        for host in (outer.place, f"p.example:{outer.port}", f"2130706433:{outer.port}"):
            names = Names({"p.example": [["127.0.0.1"]]})
            with gate(server.place, names, network=Network(proxy=f"{scheme}://u:secret@{host}")) as inner:
                answer = get(inner, server.url())
                assert status(answer) == 403
                assert inner.refused[0].endswith(": a loopback address")
                assert b"secret" not in answer
        assert outer.opened == server.opened == 0


def test_the_hosts_of_a_network_are_those_of_its_targets() -> None:
    with answering() as server, socks() as outer:
        names = Names({"a.example": [["127.0.0.1"]], "p.example": [["127.0.0.1"]]})
        network = Network(hosts=("a.example",), proxy=f"socks5://p.example:{outer.listener.port}")
        with gate("127.0.0.1", names, network=network) as inner:
            assert get(inner, f"http://a.example:{server.port}/").endswith(b"hello")
            assert status(get(inner, server.url())) == 403


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n", "the proxy answers 407"),
        (b"HTTP/1.1 200", "no answer that can be read"),
        (b"SSH-2.0-x\r\n\r\n", "no answer that can be read"),
        (b"", "no answer that can be read"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000, "no answer that can be read"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "the proxy answers 302"),
    ],
)
def test_a_proxy_of_http_that_does_not_lead_on_is_told_as_such(said: bytes, words: str) -> None:
    with answering(said) as outer:
        network = Network(proxy=f"http://{outer.place}")
        with gate(f"{outer.place},127.0.0.1:1", network=network) as inner:
            answer = get(inner, "http://127.0.0.1:1/")
            assert status(answer) == 502
            assert words in answer.decode()
            assert b"Proxy-Authenticate" not in answer
            assert inner.received == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\x05\xff", "wants to know who comes"),
        (b"\x05\x02", "wants to know who comes"),
        (b"\x04\x00", "no SOCKS 5 proxy"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no SOCKS 5 proxy"),
        (b"", "hangs up"),
        (b"\x05", "hangs up"),
        (b"\x05\x00\x05\x02\x00\x01", "does not allow this"),
        (b"\x05\x00\x05\x63\x00\x01", "it failed"),
        (b"\x05\x00\x05\x00\x00\x03\xffabc", "hangs up"),
    ],
)
def test_a_proxy_of_socks_that_does_not_lead_on_is_told_as_such(said: bytes, words: str) -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        everything(connection)

    with listening(handler) as outer:
        network = Network(proxy=f"socks5://{outer.place}")
        with gate(f"{outer.place},127.0.0.1:1", network=network) as inner:
            answer = get(inner, "http://127.0.0.1:1/")
            assert status(answer) == 502
            assert words in answer.decode()


def test_a_wrong_password_is_told_as_such() -> None:
    with socks((b"u", b"right")) as outer:
        network = Network(proxy=f"socks5://u:wrong@{outer.place}")
        with gate(f"{outer.place},127.0.0.1:1", network=network) as inner:
            assert b"does not take this name and password" in get(inner, "http://127.0.0.1:1/")


def test_a_proxy_may_fail_at_one_address_and_is_asked_for_the_next_ipv4_first() -> None:
    with answering(address="127.0.0.3") as server, socks() as outer:
        outer.moods += [4]
        names = Names({"a.example": [["::1", "127.0.0.2", "127.0.0.3"]]})
        network = Network(proxy=f"socks5://{outer.place}")
        with gate("127.0.0.0/8,::1", names, network=network) as inner:
            assert get(inner, f"http://a.example:{server.port}/").endswith(b"hello")
        assert outer.asked == [("127.0.0.2", server.port), ("127.0.0.3", server.port)]


def test_a_proxy_that_says_nothing_is_given_up() -> None:
    def handler(connection: socket.socket) -> None:
        everything(connection)

    with listening(handler) as outer:
        network = Network(proxy=f"http://{outer.place}")
        with gate(f"{outer.place},127.0.0.1:1", network=network, patience=Patience(connect_s=0.3)) as inner:
            answer = ask(inner, b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n")
            assert status(answer) == 504


def test_a_proxy_nobody_listens_at_is_told_as_such() -> None:
    with listening(echo) as outer:
        place = outer.place
    with gate(f"{place},127.0.0.1:1", network=Network(proxy=f"http://{place}")) as inner:
        assert b"the proxy cannot be reached" in get(inner, "http://127.0.0.1:1/")


def test_a_proxy_does_not_show_its_password_in_logs() -> None:
    assert "secret" not in repr(proxy("http://u:secret@p.example"))
    assert "secret" not in repr(Network(proxy="http://u:secret@p.example"))
