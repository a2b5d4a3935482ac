"""CONNECT: what is behind is not looked at."""

import socket
from contextlib import suppress

import pytest
from tests.media.egress.kit import Names, ask, connected, echo, everything, gate, listening, login, status, tunnel

from mediamill.core.context import Network
from mediamill.media.egress.gate import Gate, Patience
from mediamill.testing import eventually


def exchanged(opened: Gate, to: str, content: bytes) -> bytes:
    program, head = tunnel(opened, to)
    with program:
        assert status(head) == 200
        program.sendall(content)
        program.shutdown(socket.SHUT_WR)
        return everything(program)


def test_bytes_go_both_ways_and_are_counted_to_the_byte() -> None:
    content = bytes(range(256)) * 4096
    with listening(echo) as server, gate(server.place) as opened:
        before = opened.moved_at
        assert exchanged(opened, server.place, content) == content
        assert (opened.received, opened.sent) == (len(content), len(content))
        assert opened.moved_at > before
        assert opened.refused == ()


def test_what_is_sent_with_the_request_for_a_tunnel_goes_first() -> None:
    with listening(echo) as server, gate(server.place) as opened, connected(opened) as program:
        head = f"CONNECT {server.place} HTTP/1.1\r\nHost: {server.place}\r\n".encode() + login(opened) + b"\r\n"
        program.sendall(head + b"early")
        program.sendall(b" and late")
        program.shutdown(socket.SHUT_WR)
        assert everything(program).endswith(b"\r\n\r\nearly and late")
        assert opened.sent == len(b"early and late")


def test_each_side_may_end_before_the_other() -> None:
    def ends_first(connection: socket.socket) -> None:
        connection.sendall(b"that is all")
        connection.shutdown(socket.SHUT_WR)
        heard.append(everything(connection))

    heard: list[bytes] = []
    with listening(ends_first) as server, gate(server.place) as opened:
        program, _ = tunnel(opened, server.place)
        with program:
            assert everything(program) == b"that is all"
            program.sendall(b"still here")
            program.shutdown(socket.SHUT_WR)
            eventually(lambda: heard == [b"still here"], within_s=5)


def test_a_connection_that_the_server_resets_is_no_end_for_the_program() -> None:
    def resets(connection: socket.socket) -> None:
        connection.sendall(b"part")
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with listening(resets) as server, gate(server.place) as opened:
        program, _ = tunnel(opened, server.place)
        with program:
            assert program.recv(4) == b"part"
            program.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                program.recv(1)


def test_a_program_that_goes_takes_the_connection_with_it() -> None:
    gone: list[bool] = []

    def waits(connection: socket.socket) -> None:
        with suppress(ConnectionError):
            while connection.recv(1):
                pass
        gone.append(True)

    with listening(waits) as server, gate(server.place) as opened:
        program, _ = tunnel(opened, server.place)
        program.close()
        eventually(lambda: gone == [True], within_s=5)


def test_a_name_is_resolved_once_and_connected_to_what_was_vetted() -> None:
    names = Names({"rebinds.example": [["127.0.0.1"], ["127.0.0.2"]]})
    with (
        listening(echo) as server,
        listening(echo, "127.0.0.2", server.port) as inner,
        gate(f"127.0.0.1:{server.port}", names) as opened,
    ):
        place = f"rebinds.example:{server.port}"
        assert exchanged(opened, place, b"first") == b"first"
        assert names.asked == ["rebinds.example"]
        program, head = tunnel(opened, place)
        with program:
            assert status(head) == 403
        assert (server.opened, inner.opened) == (1, 0)
        assert opened.refused == ("rebinds.example: a loopback address",)


def test_of_several_addresses_the_ones_that_may_be_reached_are_tried_in_turn() -> None:
    with listening(echo) as server:
        names = Names({"a.example": [["127.0.0.2", "10.0.0.1", "127.0.0.3", "127.0.0.1"]]})
        with gate(f"127.0.0.1:{server.port},127.0.0.3:{server.port}", names) as opened:
            assert exchanged(opened, f"a.example:{server.port}", b"x") == b"x"


@pytest.mark.parametrize(
    "to",
    [
        "127.0.0.1:443",
        "2130706433:443",
        "0x7f.1:443",
        "0177.0.0.1:443",
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "[64:ff9b::7f00:1]:443",
        "[2002:7f00:1::]:443",
        "169.254.169.254:80",
        "168.63.129.16:80",
        "100.64.0.1:443",
        "10.0.0.1:443",
        "0.0.0.0:443",
        "127.0.0.1.:443",
        "93.184.216.34:22",
        "93.184.216.34:25",
    ],
)
def test_a_tunnel_to_what_is_not_public_is_refused(to: str) -> None:
    with gate() as opened:
        program, head = tunnel(opened, to)
        with program:
            assert status(head) == 403
        assert len(opened.refused) == 1


@pytest.mark.parametrize(
    "to",
    [
        "example.org",
        "example.org:",
        "example.org:0",
        "example.org:65536",
        "example.org:https",
        "user@example.org:443",
        "user:secret@example.org:443",
        "http://example.org:443",
        "example.org:443/x",
        "%31%32%37.0.0.1:443",
        "[fe80::1%25lo]:443",
        "[fe80::1%lo]:443",
        "::1:443",
        "*",
        "/",
    ],
)
def test_a_tunnel_to_what_is_no_host_and_port_is_no_request(to: str) -> None:
    with gate() as opened:
        answer = ask(opened, f"CONNECT {to} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n".encode())
        assert status(answer) == 400
        assert b"secret" not in answer


def test_a_name_that_nobody_knows_is_told_as_such() -> None:
    with gate() as opened:
        answer = ask(opened, b"CONNECT no.example:443 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n")
        assert status(answer) == 502
        assert b"no.example: no address was found" in answer
        assert opened.refused == ()


def test_a_port_where_nobody_listens_is_told_as_such() -> None:
    with listening(echo) as server:
        place = server.place
    with gate(place) as opened:
        answer = ask(opened, f"CONNECT {place} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n".encode())
        assert status(answer) == 502
        assert b"refused" in answer.lower()


def test_hosts_other_than_the_networks_are_refused() -> None:
    with listening(echo) as server:
        names = Names({"cdn.a.example": [["127.0.0.1"]], "b.example": [["127.0.0.1"]]})
        with gate(server.place, names, network=Network(hosts=("A.example",))) as opened:
            assert exchanged(opened, f"cdn.a.example:{server.port}", b"x") == b"x"
            program, head = tunnel(opened, f"b.example:{server.port}")
            with program:
                assert status(head) == 403
            assert names.asked == ["cdn.a.example"]


def test_a_connection_in_which_nothing_moves_is_ended() -> None:
    with listening(everything_slowly) as server, gate(server.place, patience=Patience(idle_s=1)) as opened:
        program, _ = tunnel(opened, server.place)
        with program, pytest.raises(ConnectionResetError):
            program.recv(1)
        eventually(lambda: not opened._visits, within_s=5)


def everything_slowly(connection: socket.socket) -> None:
    everything(connection)
