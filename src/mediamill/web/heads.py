"""HEAD: what GET would answer, without the body."""

import anyio
import anyio.lowlevel
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """ASGI: asks the routes for GET where a client sent HEAD, and leaves off where the body would begin.

    So every route that has GET has HEAD, streams without an end too; what a body takes to make is not made.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; send the head of the answer only."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                rest.cancel()
                await anyio.lowlevel.checkpoint()

        with anyio.CancelScope() as rest:
            await self._app({**scope, "method": "GET"}, receive, send_head)
