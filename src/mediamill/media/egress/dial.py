"""Connecting to addresses that were vetted, and to nothing else."""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

#: A place with more addresses than these is given up when they do not answer.
_MOST_TRIED: Final = 6
_LEAST_S: Final = 1.0
_RESET: Final = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class Unreachable(Exception):  # noqa: N818 - what the place is
    """No address of the place could be connected to. The message is for people."""


async def dial(addresses: Sequence[str], port: int, *, within_s: float) -> socket.socket:
    """Return a connection to the first of the addresses that answers, without delays of its own (TCP_NODELAY).

    addresses: numeric; they share the time. Raises Unreachable.
    """
    loop = asyncio.get_running_loop()
    tried = addresses[:_MOST_TRIED]
    end, why = loop.time() + within_s, "it does not answer"
    for number, address in enumerate(tried):
        share_s = max(_LEAST_S, (end - loop.time()) / (len(tried) - number))
        try:
            async with asyncio.timeout(share_s):
                return await _connected(loop, address, port)
        except TimeoutError:
            why = "it does not answer"
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "it cannot be reached"  # asyncio's words name addresses
    raise Unreachable(why)


def reset(connection: socket.socket) -> None:
    """Close a connection so that the other side knows that something is missing, and does not take it for the end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


async def _connected(loop: asyncio.AbstractEventLoop, address: str, port: int) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return connection
