"""Connections of an HTTP client that go where the egress guard lets them, and nowhere else.

Loads aiohttp: for who asks.
"""

import ssl
from functools import cache
from typing import TYPE_CHECKING

import aiohttp

from mediamill.media.egress.chain import Broken
from mediamill.media.egress.places import Place, bracketed, host_of
from mediamill.media.egress.route import Route

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler

#: A connection that rests longer is closed: windows of a stream are asked for more often.
_KEPT_S = 30.0


class Vetted(aiohttp.BaseConnector):
    """Connects by a route of the guard's: what is resolved is vetted, and connected to, in one step.

    Connections are kept for the next request to the same place. Belongs to one event loop.
    Requests raise what `Route.connect` raises.
    """

    def __init__(self, route: Route) -> None:
        super().__init__(limit=0, keepalive_timeout=_KEPT_S)
        self._route = route

    async def _create_connection(self, req: aiohttp.ClientRequest, *_about: object) -> "ResponseHandler":
        """The one way to a new connection, as the library's own connectors have it."""
        host, port = req.url.raw_host, req.url.port
        if host is None or port is None:
            raise ValueError("a host is wanted")
        connection, early = await self._route.connect(Place(host_of(bracketed(host)), port))
        if early:
            connection.close()
            raise Broken("the server speaks before it is asked")
        tls = _tls() if req.is_ssl() else None
        try:
            _, protocol = await self._loop.create_connection(
                self._factory,
                sock=connection,
                ssl=tls,
                server_hostname=host.rstrip(".") if tls else None,
                ssl_handshake_timeout=self._route.connect_s if tls else None,
            )
        except BaseException:
            connection.close()
            raise
        return protocol


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
