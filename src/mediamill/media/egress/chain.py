"""A user's own proxy, through which connections go on: HTTP's CONNECT and SOCKS 5, with a name and a password.

It is given addresses, never names: so it cannot be talked into another address than the one that was vetted.
"""

import asyncio
import base64
import re
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from mediamill.core.errors import InvalidInput
from mediamill.media.egress.places import Place, bracketed, place

_URL: Final = re.compile(r"(http|socks5|socks5h)://(?:([^@/?#]*)@)?([^@/?#]+)/?", re.IGNORECASE)
_LONGEST_URL: Final = 2_000
_PORTS: Final = {"http": 80, "socks5": 1080, "socks5h": 1080}
_WANTED: Final = (
    "a proxy such as http://user:password@proxy.example.org:3128 or socks5://proxy.example.org:1080 is wanted"
)
#: Of a name and of a password. Source: RFC 1929.
_LONGEST: Final = 255
_LONGEST_HEAD: Final = 16_384
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r\n]")
_GRANTED: Final = b"2"
#: Source: RFC 1928, section 6.
_REPLIES: Final = {
    1: "it failed",
    2: "it does not allow this",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "it took too long",
    7: "it cannot connect",
    8: "it does not know this kind of address",
}


class Broken(Exception):  # noqa: N818 - what the chain is
    """The proxy does not lead on. The message is for people, and names no address."""


@dataclass(frozen=True)
class Proxy:
    """A user's proxy. user, password: as they are sent; None: it wants none."""

    kind: Literal["http", "socks5"]
    place: Place
    credentials: tuple[bytes, bytes] | None = field(default=None, repr=False)

    async def lead(self, connection: socket.socket, address: str, port: int) -> bytes:
        """Make a connection to the proxy one to the address. Return what came already from there.

        Raises Broken when the proxy refuses or answers nonsense, OSError when it goes.
        """
        if self.kind == "http":
            return await self._lead_http(connection, address, port)
        await self._lead_socks(connection, address, port)
        return b""

    async def _lead_http(self, connection: socket.socket, address: str, port: int) -> bytes:
        loop = asyncio.get_running_loop()
        to = f"{bracketed(address)}:{port}"
        head = f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n".encode()
        if self.credentials is not None:
            head += b"Proxy-Authorization: Basic " + base64.b64encode(b":".join(self.credentials)) + b"\r\n"
        await loop.sock_sendall(connection, head + b"\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = await loop.sock_recv(connection, 4096)
            answer += more
            if not more or len(answer) > _LONGEST_HEAD:
                raise Broken("the proxy gives no answer that can be read")
        status = _STATUS.match(answer)
        if not status:
            raise Broken("the proxy gives no answer that can be read")
        if not status[1].startswith(_GRANTED):
            raise Broken(f"the proxy answers {status[1].decode()}")
        return answer.partition(b"\r\n\r\n")[2]

    async def _lead_socks(self, connection: socket.socket, address: str, port: int) -> None:
        """Source: RFC 1928 and RFC 1929."""
        loop = asyncio.get_running_loop()
        offered = b"\x00\x02" if self.credentials is not None else b"\x00"
        await loop.sock_sendall(connection, bytes([5, len(offered)]) + offered)
        version, method = await _exactly(connection, 2)
        if version != 5 or method not in offered:  # noqa: PLR2004 - SOCKS 5
            raise Broken("the proxy wants to know who comes" if version == 5 else "it is no SOCKS 5 proxy")  # noqa: PLR2004
        if method == 2 and self.credentials is not None:  # noqa: PLR2004 - by name and password
            user, password = self.credentials
            await loop.sock_sendall(connection, bytes([1, len(user)]) + user + bytes([len(password)]) + password)
            if (await _exactly(connection, 2))[1]:
                raise Broken("the proxy does not take this name and password")
        to = ip_address(address)
        kind = 4 if to.version == 6 else 1  # noqa: PLR2004 - IPv6
        await loop.sock_sendall(connection, bytes([5, 1, 0, kind]) + to.packed + port.to_bytes(2, "big"))
        version, reply, _, kind = await _exactly(connection, 4)
        if version != 5 or reply:  # noqa: PLR2004 - SOCKS 5
            raise Broken(f"the proxy says: {_REPLIES.get(reply, 'it failed')}")
        size = {1: 4, 4: 16}.get(kind) or (await _exactly(connection, 1))[0]
        await _exactly(connection, size + 2)


def proxy(url: str) -> Proxy:
    """Read a user's proxy: `http://`, `socks5://` or `socks5h://`, the last two being the same here.

    Raises InvalidInput (field "proxy"), whose message does not show it: it may hold a password.
    """
    parts = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    if parts is None:
        raise InvalidInput(_WANTED, field="proxy")
    scheme, login, authority = parts[1].lower(), parts[2], parts[3]
    try:
        where = place(authority, _PORTS[scheme])
        return Proxy("http" if scheme == "http" else "socks5", where, _credentials(login) if login else None)
    except ValueError:
        raise InvalidInput(_WANTED, field="proxy") from None


def _credentials(login: str) -> tuple[bytes, bytes]:
    user, _, password = login.partition(":")
    found = unquote_to_bytes(user), unquote_to_bytes(password)
    if not found[0] or max(map(len, found)) > _LONGEST or b":" in found[0] or min(*found[0], *found[1], 32) < 32:  # noqa: PLR2004 - a control character
        raise ValueError("a name and a password are wanted")
    return found


async def _exactly(connection: socket.socket, size: int) -> bytes:
    loop, found = asyncio.get_running_loop(), b""
    while len(found) < size:
        more = await loop.sock_recv(connection, size - len(found))
        if not more:
            raise Broken("the proxy hangs up")
        found += more
    return found
