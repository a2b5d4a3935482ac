"""What tests of the egress guard share: servers on loopback, a resolver that tests control, and bare requests."""

import base64
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

from mediamill.core.context import Network
from mediamill.media.egress.gate import Gate, Patience
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Resolver, Rules
from mediamill.variables import destinations

#: Does with one connection whatever a server does; the connection is closed afterwards.
Handler = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Listener:
    """A server of a test. heard: what each connection said first, in the order they came."""

    address: str
    port: int
    heard: list[bytes] = field(default_factory=list)
    opened: int = 0

    @property
    def place(self) -> str:
        return f"{self.address}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"


@contextmanager
def listening(handler: Handler, address: str = "127.0.0.1", port: int = 0) -> Iterator[Listener]:
    """Serve each connection in a thread of its own."""
    server = socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=256
    )
    listener = Listener(address, server.getsockname()[1])
    lock, connections = Lock(), list[socket.socket]()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            handler(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with lock:
                listener.opened += 1
                connections.append(connection)
            Thread(target=serve, args=(connection,), daemon=True).start()

    accepting = Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        accepting.join(5)


@contextmanager
def answering(answer: bytes = OK, address: str = "127.0.0.1", port: int = 0) -> Iterator[Listener]:
    """Serve every request with the same bytes, then hang up."""
    said: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        said.append(head_of(connection))
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        everything(connection)

    with listening(handler, address, port) as listener:
        listener.heard = said
        yield listener


def echo(connection: socket.socket) -> None:
    """Send back what comes, to the end."""
    while some := connection.recv(65_536):
        connection.sendall(some)
    connection.shutdown(socket.SHUT_WR)


@dataclass
class Names:
    """A resolver. known: addresses by name; a name with several lists takes the next one each time, then the last."""

    known: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.known:
            raise OSError("no such name")
        answers = self.known[host]
        return answers[min(self.asked.count(host), len(answers)) - 1]


@contextmanager
def gate(
    allow: str = "",
    resolver: Resolver | None = None,
    *,
    network: Network | None = None,
    patience: Patience | None = None,
) -> Iterator[Gate]:
    """Open a gate of a guard of its own."""
    guard = Guard(Rules(destinations(allow), resolver or Names({})), patience)
    try:
        with guard.open(network or Network()) as opened:
            yield opened
    finally:
        guard.close()


def login(opened: Gate) -> bytes:
    """Return the header that the gate wants."""
    return b"Proxy-Authorization: Basic " + base64.b64encode(f"mill:{opened.token}".encode()) + b"\r\n"


def connected(opened: Gate) -> socket.socket:
    return socket.create_connection(("127.0.0.1", opened.port), timeout=10)


def ask(opened: Gate, request: bytes) -> bytes:
    """Return all that the gate answers to these bytes. `LOGIN` in them is the header that it wants."""
    with connected(opened) as program:
        program.sendall(request.replace(b"LOGIN\r\n", login(opened)))
        return everything(program)


def get(opened: Gate, url: str) -> bytes:
    """Ask for a URL as a program does."""
    host = url.split("/")[2]
    return ask(opened, f"GET {url} HTTP/1.1\r\nHost: {host}\r\nLOGIN\r\n\r\n".encode())


def tunnel(opened: Gate, to: str) -> tuple[socket.socket, bytes]:
    """Return a connection through the gate, and the head of its answer."""
    program = connected(opened)
    program.sendall(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n".encode() + login(opened) + b"\r\n")
    return program, head_of(program)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def head_of(connection: socket.socket) -> bytes:
    """Read to the end of a head, and no byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        some = connection.recv(1)
        if not some:
            break
        head += some
    return head


def everything(connection: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionError):
        while some := connection.recv(65_536):
            found += some
    return found
