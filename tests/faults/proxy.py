"""A TCP proxy that does what networks do: delay, silence, half-open connections, resets, refusals."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

_PIECE_BYTES: Final = 64 * 1024
#: Pieces on their way in one direction; what is more waits at its sender, as in a full pipe.
_PIECES: Final = 64
_ANSWER_WITHIN_S: Final = 10.0
#: SO_LINGER with a time of 0: close() sends RST.
_ABRUPT: Final = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Way:
    """One direction of a connection. deaf: what comes this way is read and lost, its end too, for good."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    deaf: bool = False


@dataclass(eq=False)
class _Connection:
    """Two directions. `up` goes to the server."""

    up: _Way
    down: _Way

    @property
    def writers(self) -> tuple[asyncio.StreamWriter, asyncio.StreamWriter]:
        return self.up.writer, self.down.writer

    def reset(self) -> None:
        """Break it on both sides by RST."""
        for writer in self.writers:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
            writer.transport.abort()


@dataclass(eq=False)
class _Line:
    """What the event loop's thread owns: the listener and the connections."""

    target: str | int
    port: int = 0
    delay_s: float = 0.0
    mute: bool = False
    server: asyncio.Server | None = None
    connections: set[_Connection] = field(default_factory=set)
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: int = 0

    async def open(self) -> int:
        """Listen, on the same port again after a refusal; return it."""
        if self.server is None:
            self.server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]
        return self.port

    async def refuse(self) -> None:
        """Close the listener; connections stay."""
        if self.server is not None:
            self.server.close()
            self.server = None

    async def cut(self) -> int:
        """Reset every connection; return how many."""
        broken = list(self.connections)
        for connection in broken:
            connection.reset()
        return len(broken)

    async def deafen(self, *, answers: bool) -> int:
        """Lose one direction of every connection for good; return how many."""
        for connection in self.connections:
            (connection.down if answers else connection.up).deaf = True
        return len(self.connections)

    async def hush(self) -> int:
        """Lose all answers for good, those of connections to come too; return how many there are."""
        self.mute = True
        return await self.deafen(answers=True)

    async def flow(self, *, on: bool) -> None:
        """Let bytes through, or hold them back."""
        if on:
            self.flows.set()
        else:
            self.flows.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        # The stream's own callback cannot bear a task that was cancelled.
        with suppress(asyncio.CancelledError):
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.flows.wait()
            far_reader, far_writer = await self._dial()
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection(_Way(reader, far_writer), _Way(far_reader, writer, deaf=self.mute))
        async with self._held(connection):
            await asyncio.gather(self._carry(connection.up), self._carry(connection.down))

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, int):
            return await asyncio.open_connection("127.0.0.1", self.target)
        return await asyncio.open_unix_connection(self.target)

    @asynccontextmanager
    async def _held(self, connection: _Connection) -> AsyncIterator[None]:
        self.connections.add(connection)
        try:
            yield
        except OSError:  # one side broke it; so does the other
            connection.reset()
        finally:
            self.connections.discard(connection)
            for writer in connection.writers:
                writer.close()

    async def _carry(self, way: _Way) -> None:
        """Pass one direction on, each piece after the delay, and its end as well."""
        loop = asyncio.get_running_loop()
        road: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_PIECES)

        async def arrive() -> None:
            while True:
                due, piece = await road.get()
                await asyncio.sleep(due - loop.time())
                await self.flows.wait()
                if way.deaf:
                    continue
                if not piece:
                    way.writer.write_eof()
                    return
                way.writer.write(piece)
                await way.writer.drain()

        arriving = asyncio.create_task(arrive())
        try:
            piece = b"-"
            while piece and not arriving.done():
                await self.flows.wait()
                piece = await way.reader.read(_PIECE_BYTES)
                await road.put((loop.time() + self.delay_s, piece))
            await arriving
        finally:
            arriving.cancel()


class Proxy:
    """Passes connections on to `target`: a port of this machine, or the path of a Unix socket.

    Runs in a thread of its own. Use as a context manager. Controls act at once, on the connections
    there are and those to come, until the next one; all of them return when they hold.
    """

    def __init__(self, target: int | str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._line = self._do(self._make(target))
        self.port: int = self._do(self._line.open())

    @staticmethod
    async def _make(target: int | str) -> _Line:
        line = _Line(target)
        line.flows.set()
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- controls

    def delay(self, seconds: float) -> None:
        """Let every piece take this long, in each direction."""
        self._line.delay_s = seconds

    def blackhole(self) -> None:
        """Accept, and pass nothing on: no byte, no end. What was sent meanwhile arrives after `heal`."""
        self._do(self._line.flow(on=False))

    def half_open(self, *, answers: bool = True) -> int:
        """Lose one direction of the connections there are, silently and for good; return how many.

        answers: what the server says is lost, else what the client says. Later connections are whole.
        """
        return self._do(self._line.deafen(answers=answers))

    def mute(self) -> int:
        """Lose every answer until `heal`, on connections to come too; return how many there are."""
        return self._do(self._line.hush())

    def reset(self) -> int:
        """Break the connections there are by RST; return how many."""
        return self._do(self._line.cut())

    def refuse(self) -> int:
        """Break all connections and refuse new ones; return how many there were."""
        self._do(self._line.refuse())
        return self.reset()

    def heal(self) -> None:
        """Be a good network again: no delay, bytes flow, new connections are taken. The dead stay dead."""
        self._line.delay_s, self._line.mute = 0.0, False
        self._do(self._line.flow(on=True))
        self._do(self._line.open())

    # ---- looking

    @property
    def accepted(self) -> int:
        """How many connections it has taken so far."""
        return self._line.accepted

    @property
    def open(self) -> int:
        """How many connections it holds now."""
        return len(self._line.connections)

    def close(self) -> None:
        """Break everything and end the thread."""
        if self._thread.is_alive():
            self.refuse()
            self._do(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_ANSWER_WITHIN_S)
            self._loop.close()

    @staticmethod
    async def _end() -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_WITHIN_S)
