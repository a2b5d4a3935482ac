"""What may be reached: names are resolved here, and of their addresses those remain that may be."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Final, Self

from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.egress.addresses import Address, objection
from mediamill.media.egress.places import Place, numeric, within
from mediamill.settings import Allowed

#: Returns the addresses of a host, numeric. Raises OSError when it has none. Blocks.
Resolver = Callable[[str], Sequence[str]]

_WEB: Final = frozenset({80, 443})
_LAST_RESERVED: Final = 1023
#: No web server is there, and what is may take a request for something else. Source: the Fetch standard's list of bad
#: ports, of those above 1023.
_NOT_WEB: Final = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
#: Of one name: each is looked at.
_MOST_ADDRESSES: Final = 32


class Refused(PermanentError):  # noqa: N818 - what the place is
    """The guard lets nobody go there. The message is for people: "10.0.0.1: a private address"."""

    code = "BLOCKED"


class Unresolved(RetryableError):  # noqa: N818 - what the place is
    """The host has no address, or nobody could say which."""

    code = "NETWORK"


def system_resolver(host: str) -> Sequence[str]:
    """Ask the system, which also reads 2130706433 and 0x7f.1 as addresses."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Rules:
    """Public addresses at ports of the web, and what an operator allowed besides."""

    allow: tuple[Allowed, ...] = ()
    resolver: Resolver = system_resolver

    def vetted(self, place: Place, hosts: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the addresses of a place to which one may connect, in the resolver's order; at least one.

        Connect to these and to nothing else: the name may mean something else a moment later. Where a name has public
        addresses and others, it has only the public ones here.

        hosts: only these and what is below them; (): any. Blocks while it resolves.
        Raises Refused, or Unresolved.
        """
        if hosts and not within(place.host, hosts):
            raise Refused(f"{place.host}: not a host that may be reached for this")
        found = self._resolved(place)
        objections = [self._objection(place, address) for address in found]
        fit = tuple(str(address) for address, why in zip(found, objections, strict=True) if why is None)
        if not fit:
            raise Refused(f"{place.host}: {objections[0]}")
        return fit

    def and_to(self, place: Place) -> Self:
        """Return rules that let one go there, too."""
        address = numeric(place.host)
        where = ip_network(address[0]) if address else place.host
        return replace(self, allow=(*self.allow, Allowed(where, place.port)))

    def check(self, place: Place) -> None:
        """Raise Refused for an address or a port that may not be reached. A name is asked of nobody."""
        self._check_port(place)
        if numeric(place.host):
            self.vetted(place)

    def _resolved(self, place: Place) -> tuple[Address, ...]:
        self._check_port(place)
        try:
            found = tuple(map(ip_address, numeric(place.host) or self.resolver(place.host)[:_MOST_ADDRESSES]))
        except (OSError, ValueError):
            found = ()
        if not found:
            raise Unresolved(f"{place.host}: no address was found")
        return found

    def _check_port(self, place: Place) -> None:
        """Refuse a port that nobody may go to, whatever the address; so no resolver is asked in vain."""
        if not _is_web(place.port) and not any(each.port in {None, place.port} for each in self.allow):
            raise Refused(f"{place.host}: {_no_web(place.port)}")

    def _objection(self, place: Place, address: Address) -> str | None:
        if any(_covers(each, place, address) for each in self.allow):
            return None
        if not _is_web(place.port):
            return _no_web(place.port)
        return objection(address) or ("an address of this machine" if is_ours(address) else None)


def is_ours(address: Address) -> bool:
    """Whether this machine itself has the address: behind its firewall more may listen there than the world sees.

    Sends nothing: a datagram's socket is told where its datagrams would go, and the kernel chooses where from.
    """
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return bool(probe.getsockname()[0] == str(address))
    except OSError:  # no way there: then nobody will connect either
        return False


def _is_web(port: int) -> bool:
    return port in _WEB or (port > _LAST_RESERVED and port not in _NOT_WEB)


def _no_web(port: int) -> str:
    return f"port {port} is none of the web's"


def _covers(allowed: Allowed, place: Place, address: Address) -> bool:
    if allowed.port not in {None, place.port}:
        return False
    return place.host == allowed.where if isinstance(allowed.where, str) else address in allowed.where
