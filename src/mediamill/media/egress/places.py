"""Where a connection is to go: a host and a port, read strictly from what programs and users write."""

import re
import socket
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final

import idna

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
#: Of a whole name, without the dot at its end. Source: RFC 1035, section 2.3.4.
_LONGEST: Final = 253
_DIGITS: Final = re.compile(r"[0-9]{1,5}")
_LAST_PORT: Final = 65_535


@dataclass(frozen=True)
class Place:
    """A host as `host_of` returns it, and a port, 1..65,535."""

    host: str
    port: int

    @property
    def numeric(self) -> bool:
        """Whether the host is an address, in any form that this system reads as one: nobody needs to be asked."""
        return bool(numeric(self.host))

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def place(authority: str, port: int | None) -> Place:
    """Return the place that `host`, `host:8080` or `[2001:db8::1]:443` names.

    port: where it names none; None: it has to. Raises ValueError for whatever else stands there: a user's name, an
    address with a zone, percent signs, an empty port.
    """
    name, digits = _parted(authority)
    if digits is None:
        if port is None:
            raise ValueError("a host and a port are wanted")
        return Place(host_of(name), port)
    if not _DIGITS.fullmatch(digits) or not 0 < int(digits) <= _LAST_PORT:
        raise ValueError("a port from 1 to 65535 is wanted")
    return Place(host_of(name), int(digits))


def host_of(name: str) -> str:
    """Return a host in the one form that we compare: lower case, IDNA (UTS 46), no dot at its end.

    name: a domain name, an IPv4 address in any form that resolvers know, an IPv6 address in brackets, which are
        dropped. Raises ValueError for what is none of these.
    """
    if name.startswith("[") and name.endswith("]"):
        return _ipv6(name[1:-1])
    host = (name if name.isascii() else _in_ascii(name)).lower().removesuffix(".")
    if len(host) > _LONGEST or not all(map(_LABEL.fullmatch, host.split("."))):
        raise ValueError("a host is wanted, such as media.example.org")
    return host


def numeric(host: str) -> tuple[str, ...]:
    """Return the address that the system reads a host as, 2130706433 and 0x7f.1 too; (): it is a name. Asks nobody."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return ()
    return tuple(str(address[0]) for *_, address in found)


def bracketed(host: str) -> str:
    """Return the host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def within(host: str, hosts: tuple[str, ...]) -> bool:
    """Whether a host is one of these or below one of them."""
    return any(host == each or host.endswith(f".{each}") for each in hosts)


def _parted(authority: str) -> tuple[str, str | None]:
    """Return host and port, either as it was written; None: there is no colon for a port."""
    end = authority.find("]") + 1
    colon = authority.find(":", end)
    return (authority, None) if colon < 0 else (authority[:colon], authority[colon + 1 :])


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise ValueError("an IPv6 address is wanted in brackets") from None
    if address.scope_id is not None:
        raise ValueError("an IPv6 address without a zone is wanted")
    return str(address)


def _in_ascii(name: str) -> str:
    """Return a name in Punycode, as browsers read it: digits and dots of other scripts become usual ones."""
    try:
        return idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except UnicodeError:
        raise ValueError("a host is wanted, such as media.example.org") from None
