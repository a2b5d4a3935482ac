"""One connection of a program to the guard, from its first byte to its last."""

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from mediamill.media.egress import answers
from mediamill.media.egress.asked import Asking, Errand, Malformed, Tunnel
from mediamill.media.egress.chain import Broken
from mediamill.media.egress.dial import Unreachable, reset
from mediamill.media.egress.relay import Pump, relay
from mediamill.media.egress.rules import Refused, Unresolved

if TYPE_CHECKING:
    from mediamill.media.egress.gate import Gate

_log = structlog.get_logger("mediamill.egress")
_READ: Final = 64 * 1024
_LONGEST_HEAD: Final = 64 * 1024
#: For what a program sends besides its request: unread, it makes a reset of the close, which takes the answer away.
_LINGER_S: Final = 1.0


class Visit:
    """Reads one request, connects where it may, and relays. Belongs to the guard's event loop."""

    def __init__(self, gate: "Gate", program: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._gate = gate
        self._program = program
        self._server: socket.socket | None = None
        self._asking = Asking(program)
        #: When a byte went either way, by the loop's clock.
        self.moved_at = self._loop.time()

    async def run(self) -> None:
        """Serve the program. What is cut short is reset on both sides, so that nothing looks whole that is not."""
        whole = False
        try:
            await self._serve()
            whole = True
        except* (OSError, EOFError, Malformed):
            pass
        except* Exception as errors:  # noqa: BLE001 - one program's oddity ends its connection, not the guard
            # Their words may hold what was asked for.
            _log.warning("egress.failed", error=type(errors.exceptions[0]).__name__)
        finally:
            for connection in (self._program, self._server):
                if connection is not None:
                    connection.close() if whole else reset(connection)

    async def _serve(self) -> None:
        try:
            wanted = await self._wanted()
            if wanted is None:
                return
            if isinstance(wanted, Errand) and (hidden := self._gate.led(wanted.place)) is not None:
                await self._loop.sock_sendall(self._program, answers.led(hidden))
                await self._linger()
                return
            self._server, early = await self._gate.connect(wanted.place)
        except Malformed as error:
            await self._refuse(error.status, str(error))
        except Refused as error:
            self._gate.refuse(error.message)
            await self._refuse(403, error.message)
        except Unresolved as error:
            await self._refuse(502, error.message)
        except (Unreachable, Broken) as error:
            await self._refuse(502, str(error))
        except TimeoutError:
            await self._refuse(504, "it takes too long")
        else:
            self._received(len(early))
            if isinstance(wanted, Tunnel):
                await self._tunnel(self._server, wanted, early)
            else:
                await self._errand(self._server, wanted, early)

    async def _wanted(self) -> Tunnel | Errand | None:
        try:
            async with asyncio.timeout(self._gate.patience.head_s):
                if not await self._asking.head():
                    return None
        except TimeoutError:
            raise Malformed("a request takes less time", 408) from None
        if not self._gate.knows(self._asking.header(b"proxy-authorization")):
            raise Malformed("the guard's own name and password are wanted", 407)
        return self._asking.wanted()

    async def _refuse(self, status: int, words: str) -> None:
        await self._loop.sock_sendall(self._program, answers.refusal(status, words))
        await self._linger()

    async def _tunnel(self, server: socket.socket, wanted: Tunnel, early: bytes) -> None:
        self._sent(len(wanted.first))
        await relay(
            self._gate.buffer,
            Pump(self._program, server, wanted.first, count=self._sent),
            Pump(server, self._program, answers.CONNECTED + early, count=self._received, most=self._gate.room),
        )

    async def _errand(self, server: socket.socket, wanted: Errand, early: bytes) -> None:
        await self._loop.sock_sendall(server, wanted.head)
        self._sent(len(wanted.head))
        async with asyncio.TaskGroup() as group:
            rest = group.create_task(self._listen(server, wanted))
            await self._answer(server, early)
            rest.cancel()
        await self._linger()

    async def _answer(self, server: socket.socket, heard: bytes) -> None:
        """Pass the server's answer on: its heads rewritten, its body as it comes."""
        while True:
            while (parts := answers.split(heard)) is None:
                more = await self._loop.sock_recv(server, min(_READ, self._gate.room()))
                self._received(len(more))
                heard += more
                if not more or len(heard) > _LONGEST_HEAD:
                    await self._loop.sock_sendall(self._program, answers.refusal(502, "the server gives no answer"))
                    return
            head, heard = parts
            if not answers.interim(head):
                break
            await self._loop.sock_sendall(self._program, answers.passed_on(head))
        down = Pump(server, self._program, answers.passed_on(head) + heard, count=self._received, most=self._gate.room)
        await relay(self._gate.buffer, down)

    async def _listen(self, server: socket.socket, wanted: Errand) -> None:
        """Pass the request's body on, then wait for the program to go. Another request would find no way from here.

        Raises EOFError when it has gone, Malformed for a body that is none.
        """
        if wanted.body:
            async for part in self._asking.body(chunked=wanted.chunked):
                with suppress(OSError):  # the server may have answered and gone before it heard everything
                    await self._loop.sock_sendall(server, part)
                    self._sent(len(part))
        if not await self._loop.sock_recv(self._program, _READ):
            raise EOFError

    async def _linger(self) -> None:
        """Say that all is said, and hear the program out for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                self._program.shutdown(socket.SHUT_WR)
                while await self._loop.sock_recv(self._program, _READ):
                    pass

    def _received(self, size: int) -> None:
        """Count what came. Raises ConnectionAbortedError when it is more than may come.

        The gate cancels its visits then, but a read that finds bytes at hand does not wait, and goes on.
        """
        self.moved_at = self._loop.time()
        self._gate.took(size)
        if self._gate.exhausted:
            raise ConnectionAbortedError

    def _sent(self, size: int) -> None:
        self.moved_at = self._loop.time()
        self._gate.gave(size)
