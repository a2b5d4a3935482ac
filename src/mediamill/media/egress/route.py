"""From a place to a connection: resolved once, vetted, and connected to what was vetted."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Final

from mediamill.media.egress.chain import Broken, Proxy
from mediamill.media.egress.dial import Unreachable, dial
from mediamill.media.egress.lookups import Lookups
from mediamill.media.egress.places import Place
from mediamill.media.egress.rules import Rules

#: Of a place's addresses, when a proxy leads there: each costs a connection to it.
_MOST_LED: Final = 3


@dataclass(frozen=True)
class Route:
    """The way out of one gate.

    hosts: see `Rules.vetted`. chain: the user's proxy, or the operator's. connect_s: for each connection. entrance: for
    the way to the proxy; None: as to any place.
    """

    rules: Rules
    hosts: tuple[str, ...]
    chain: Proxy | None
    connect_s: float
    lookups: Lookups = field(default_factory=Lookups)
    entrance: Rules | None = None

    async def connect(self, place: Place) -> tuple[socket.socket, bytes]:
        """Return a connection to the place, and what came over it already.

        Raises Refused, Unresolved, Unreachable, Broken, TimeoutError.
        """
        async with asyncio.timeout(self.connect_s):
            addresses = await self._vetted(self.rules, place, self.hosts)
            if self.chain is None:
                return await dial(addresses, place.port, within_s=self.connect_s), b""
            return await self._led(self.chain, addresses, place.port)

    async def _led(self, chain: Proxy, addresses: Sequence[str], port: int) -> tuple[socket.socket, bytes]:
        """Connect through the user's proxy. What it is behind may know IPv4 only, so that comes first."""
        entrances = await self._vetted(self.entrance or self.rules, chain.place)
        for address in sorted(addresses, key=lambda each: ip_address(each).version)[:_MOST_LED]:
            try:
                connection = await dial(entrances, chain.place.port, within_s=self.connect_s)
            except Unreachable as error:
                raise Broken("the proxy cannot be reached") from error
            try:
                return connection, await chain.lead(connection, address, port)
            except (Broken, OSError) as error:
                connection.close()
                broken = error if isinstance(error, Broken) else Broken("the proxy hangs up")
            except BaseException:
                connection.close()
                raise
        raise broken

    async def _vetted(self, rules: Rules, place: Place, hosts: tuple[str, ...] = ()) -> tuple[str, ...]:
        if place.numeric:
            return rules.vetted(place, hosts)
        return await self.lookups.run(partial(rules.vetted, place, hosts))
