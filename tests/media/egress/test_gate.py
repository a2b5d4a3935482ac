"""Who gets through, how much, and what is left afterwards."""

import asyncio
import gc
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest
from tests.media.egress.kit import (
    OK,
    answering,
    ask,
    connected,
    echo,
    everything,
    gate,
    get,
    head_of,
    listening,
    login,
    status,
    tunnel,
)

from mediamill.core.context import Network
from mediamill.core.errors import InvalidInput
from mediamill.media import egress
from mediamill.media.egress.gate import Patience
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Refused, Rules
from mediamill.settings import EgressSettings
from mediamill.testing import eventually
from mediamill.variables import destinations

MIB = 2**20


# ---- the password


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Proxy-Authorization: Basic bWlsbDp3cm9uZw==\r\n",
        "Proxy-Authorization: Basic\r\n",
        "Proxy-Authorization: Basic ü\r\n",
        "Authorization: Basic TOKEN\r\n",
        "Proxy-Authorization: Bearer TOKEN\r\n",
        "Proxy-Authorization: Basic TOKEN\r\nProxy-Authorization: Basic TOKEN\r\n",
    ],
)
def test_nobody_gets_through_without_the_password(header: str) -> None:
    with answering() as server, gate(server.place) as opened:
        token = login(opened).split()[-1].decode()
        lines = header.replace("TOKEN", token).encode("latin-1")
        answer = ask(opened, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + lines + b"\r\n")
        assert status(answer) == 407
        assert b"Proxy-Authenticate: Basic" in answer
        assert server.opened == 0


def test_the_password_of_one_gate_opens_no_other() -> None:
    with answering() as server, gate(server.place) as one, gate(server.place) as other:
        assert one.token != other.token
        answer = ask(one, f"GET {server.url()} HTTP/1.1\r\nHost: x\r\n".encode() + login(other) + b"\r\n")
        assert status(answer) == 407


def test_the_server_never_sees_the_password() -> None:
    with answering() as server, gate(server.place) as opened:
        assert get(opened, server.url()).endswith(b"hello")
        assert opened.token.encode() not in server.heard[0]
        assert b"roxy" not in server.heard[0]


def test_programs_find_the_gate_by_their_environment() -> None:
    with gate() as opened:
        assert set(opened.env) == {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
        assert set(opened.env.values()) == {f"http://mill:{opened.token}@127.0.0.1:{opened.port}"}


# ---- how much


def flood(connection: socket.socket) -> None:
    connection.recv(1)
    while True:
        connection.sendall(b"x" * 65_536)


def drain(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def test_a_gate_closes_when_more_came_than_may() -> None:
    with listening(flood) as server, gate(server.place, network=Network(most_bytes=MIB)) as opened:
        program, _ = tunnel(opened, server.place)
        with program:
            program.sendall(b"go")
            with pytest.raises(ConnectionResetError):
                drain(program)
        assert opened.exhausted
        assert opened.received == MIB + 1
        with pytest.raises(ConnectionError):
            connected(opened)


def test_exactly_as_much_as_may_come_is_no_excess() -> None:
    with answering(OK) as server, gate(server.place, network=Network(most_bytes=len(OK))) as opened:
        assert get(opened, server.url()).endswith(b"hello")
        assert opened.received == len(OK)
        assert not opened.exhausted


def test_a_head_alone_may_be_more_than_may_come() -> None:
    with answering(OK) as server, gate(server.place, network=Network(most_bytes=10)) as opened:
        assert get(opened, server.url()) == b""
        assert opened.received == 11
        assert opened.exhausted


def test_all_connections_of_a_gate_count_together() -> None:
    with answering(OK) as server, gate(server.place, network=Network(most_bytes=2 * len(OK))) as opened:
        for _ in range(2):
            assert get(opened, server.url()).endswith(b"hello")
        assert get(opened, server.url()) == b""
        assert opened.exhausted


# ---- its end


def test_nothing_goes_through_after_the_end() -> None:
    with listening(echo) as server:
        with gate(server.place) as opened:
            program, _ = tunnel(opened, server.place)
            program.sendall(b"x")
            assert program.recv(1) == b"x"
        with program, pytest.raises(ConnectionResetError):
            program.recv(1)
        with pytest.raises(ConnectionError):
            connected(opened)
        assert (opened.received, opened.sent) == (1, 1)


def test_a_gate_may_be_closed_twice_and_by_another_thread() -> None:
    with gate() as opened, ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(opened.close) for _ in range(4)]:
            each.result(5)


def test_gates_leave_no_descriptor_behind() -> None:
    guard = Guard(Rules(destinations("127.0.0.1")))
    process = psutil.Process()
    try:
        with answering() as server:
            with guard.open(Network()) as opened:
                get(opened, server.url())
            before = process.num_fds()
            for _ in range(20):
                with guard.open(Network()) as opened:
                    assert get(opened, server.url()).endswith(b"hello")
                    program, _ = tunnel(opened, server.place)
                program.close()
            gc.collect()
            eventually(lambda: process.num_fds() <= before, within_s=5)
    finally:
        guard.close()


# ---- many, slow, and none


def test_a_hundred_connections_at_once() -> None:
    with listening(echo) as server, gate(server.place) as opened, ExitStack() as stack:
        programs = [stack.enter_context(tunnel(opened, server.place)[0]) for _ in range(100)]
        for number, program in enumerate(programs):
            program.sendall(b"%d" % number)
        for number, program in enumerate(programs):
            assert program.recv(10) == b"%d" % number


def test_connections_beyond_the_most_wait_for_an_end_of_others() -> None:
    with listening(echo) as server, gate(server.place) as opened, ExitStack() as stack:
        programs = [stack.enter_context(tunnel(opened, server.place)[0]) for _ in range(128)]
        late = stack.enter_context(connected(opened))
        late.sendall(f"CONNECT {server.place} HTTP/1.1\r\nHost: x\r\n".encode() + login(opened) + b"\r\n")
        late.settimeout(0.1)
        with pytest.raises(TimeoutError):
            late.recv(1)
        programs[0].close()
        late.settimeout(10)
        assert status(head_of(late)) == 200


def test_programs_that_never_read_hold_little_and_are_ended() -> None:
    with listening(flood) as server, gate(server.place, patience=Patience(idle_s=1)) as opened, ExitStack() as stack:
        before = psutil.Process().memory_info().rss
        for _ in range(30):
            program = stack.enter_context(tunnel(opened, server.place)[0])
            program.sendall(b"go")
        eventually(lambda: not opened._visits, within_s=10)
        assert psutil.Process().memory_info().rss - before < 40 * MIB


def test_a_program_that_says_nothing_or_too_slowly_is_ended() -> None:
    with gate(patience=Patience(head_s=0.3)) as opened:
        for said in (b"", b"GET http://a.example/ HTTP/1.1\r\nHo"):
            with connected(opened) as program:
                program.sendall(said)
                answer = everything(program)
                assert status(answer) == 408


def test_a_program_that_drips_its_head_is_ended_all_the_same() -> None:
    with gate(patience=Patience(head_s=0.5)) as opened, connected(opened) as program:
        began = time.monotonic()
        program.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() - began < 5:
            program.sendall(b"G")
            try:
                answer = program.recv(100)
            except TimeoutError:
                continue
        assert status(answer) == 408


def test_a_server_that_takes_no_connection_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as stack:
        place = f"127.0.0.1:{full.getsockname()[1]}"
        for _ in range(2):  # what the kernel takes although nobody accepts
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
        with gate(place, patience=Patience(connect_s=0.5)) as opened:
            answer = ask(opened, f"CONNECT {place} HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n".encode())
            assert status(answer) in {502, 504}


def test_names_that_take_for_ever_hold_up_nobody_else() -> None:
    hang = threading.Event()

    def resolver(host: str) -> list[str]:
        if host.startswith("slow"):
            hang.wait(20)
        return ["127.0.0.1"]

    with answering() as server, gate(server.place, resolver) as slow, ExitStack() as stack:
        programs = [stack.enter_context(connected(slow)) for _ in range(20)]
        try:
            for number, program in enumerate(programs):
                url = f"http://slow{number}.example:{server.port}/"
                program.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\n".encode() + login(slow) + b"\r\n")
            with slow._guard.open(Network()) as other:
                assert get(other, f"http://quick.example:{server.port}/").endswith(b"hello")
            assert server.opened == 1
        finally:
            hang.set()
        for program in programs:
            assert everything(program).endswith(b"hello")


def test_a_name_that_takes_for_ever_is_given_up() -> None:
    hang = threading.Event()

    def resolver(_host: str) -> list[str]:
        hang.wait(20)
        return []

    try:
        with gate(resolver=resolver, patience=Patience(connect_s=0.3)) as opened:
            assert status(get(opened, "http://slow.example/")) == 504
    finally:
        hang.set()


# ---- the guard of a process


def test_a_process_has_one_guard_and_each_gate_what_was_allowed_when_it_was_opened() -> None:
    assert egress.guard() is egress.guard()
    with answering() as server:
        egress.use(EgressSettings(destinations(server.place)))
        try:
            with egress.guard().open(Network()) as opened:
                egress.use(None)
                assert status(get(opened, server.url())) == 200
            with egress.guard().open(Network()) as opened:
                assert status(get(opened, server.url())) == 403
        finally:
            egress.use(None)


def test_a_fork_has_a_guard_of_its_own() -> None:
    with egress.guard().open(Network()) as opened:
        child = os.fork()
        if not child:
            code = 1
            try:
                with egress.guard().open(Network()) as own:
                    code = 0 if own.port != opened.port and status(get(own, "http://10.0.0.1/")) == 403 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert status(get(opened, "http://10.0.0.1/")) == 403


def test_many_threads_open_gates_at_once() -> None:
    with answering() as server:
        guard = Guard(Rules(destinations(server.place)))

        def fetch(_: int) -> bool:
            with guard.open(Network()) as opened:
                return get(opened, server.url()).endswith(b"hello") and opened.received == len(OK)

        try:
            with ThreadPoolExecutor(16) as threads:
                assert all(threads.map(fetch, range(64)))
        finally:
            guard.close()


def test_a_proxy_that_cannot_be_read_opens_nothing() -> None:
    with pytest.raises(InvalidInput) as caught, gate(network=Network(proxy="https://u:secret@p.example")):
        pass
    assert "secret" not in str(caught.value)


# ---- for who connects without a gate


def test_addresses_are_had_without_a_gate() -> None:
    egress.use(EgressSettings(destinations("localhost")))
    try:
        assert "127.0.0.1" in egress.resolve("LOCALHOST.", 80)
        assert asyncio.run(egress.resolve_async("localhost", 80)) == egress.resolve("localhost", 80)
    finally:
        egress.use(None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "[::ffff:10.0.0.1]"])
def test_addresses_that_may_not_be_reached_are_not_had(host: str) -> None:
    with pytest.raises(Refused):
        egress.resolve(host, 80)
    with pytest.raises(Refused):
        asyncio.run(egress.resolve_async(host, 80))


def test_many_ask_at_once_without_a_gate() -> None:
    async def all_of_them() -> list[tuple[str, ...]]:
        return await asyncio.gather(*(egress.resolve_async("localhost", 80) for _ in range(100)))

    egress.use(EgressSettings(destinations("localhost")))
    try:
        assert len(set(asyncio.run(all_of_them()))) == 1
    finally:
        egress.use(None)
