"""Bytes from one connection into another, as cheaply as Python can: no task, no future and no copy for a chunk."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

#: Larger reads cost less CPU for each MB, and a blocked direction may hold as much.
CHUNK: Final = 256 * 1024


#: Told why it is over; None: everything is done.
Over = Callable[[OSError | None], None]


class Pump:
    """One direction between two sockets. What the sink does not take is kept, and no more is read until it has it.

    first: goes before all that is read. count: told the size of each read. most: how many bytes may be read now.
    """

    def __init__(
        self,
        source: socket.socket,
        sink: socket.socket,
        first: bytes,
        *,
        count: Callable[[int], None],
        most: Callable[[], int] = lambda: CHUNK,
    ) -> None:
        self._source, self._sink = source, sink
        self._rest = memoryview(first)
        self._count, self._most = count, most

    def start(self, buffer: memoryview, over: Over) -> None:
        """Begin, in the running loop.

        buffer: may be shared by all pumps of the loop, for what is read is sent in the same call.
        over: told once, when the source has ended and all is sent, or with the error that ended it.
        """
        self._loop = asyncio.get_running_loop()
        self._buffer, self._over = buffer, over
        self._loop.add_writer(self._sink, self._write)

    def stop(self) -> None:
        """Move nothing any more."""
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)
        self._rest = memoryview(b"")

    def _read(self) -> None:
        try:
            size = self._source.recv_into(self._buffer, min(CHUNK, self._most()))
            if size == 0:
                self._end()
                return
            self._count(size)
            sent = self._send(self._buffer[:size])
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(error)
            return
        if sent < size:
            self._rest = memoryview(bytes(self._buffer[sent:size]))
            self._loop.remove_reader(self._source)
            self._loop.add_writer(self._sink, self._write)

    def _write(self) -> None:
        try:
            self._rest = self._rest[self._send(self._rest) :]
        except OSError as error:
            self._fail(error)
            return
        if not self._rest:
            self._loop.remove_writer(self._sink)
            self._loop.add_reader(self._source, self._read)

    def _send(self, content: memoryview) -> int:
        try:
            return self._sink.send(content) if content else 0
        except (BlockingIOError, InterruptedError):
            return 0

    def _end(self) -> None:
        self.stop()
        with suppress(OSError):  # the sink has gone: then nobody waits for the end
            self._sink.shutdown(socket.SHUT_WR)
        self._over(None)

    def _fail(self, error: OSError) -> None:
        self.stop()
        self._over(error)


async def relay(buffer: memoryview, *pumps: Pump) -> None:
    """Let the pumps run until all are over. Raises the OSError of the first that fails; then none runs on."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    running = len(pumps)

    def tell(error: OSError | None) -> None:
        nonlocal running
        running -= 1
        if over.done():
            return
        if error is not None:
            over.set_exception(error)
        elif not running:
            over.set_result(None)

    for pump in pumps:
        pump.start(buffer, tell)
    try:
        await over
    finally:
        for pump in pumps:
            pump.stop()
