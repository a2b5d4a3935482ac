"""A copy of everything in a server of this machine as of one instant, and how a server starts from it."""

import shutil
import time
from pathlib import Path
from typing import Any, Final

from redis.exceptions import ResponseError

from mediamill.core.errors import Unavailable
from mediamill.store.pool import Client

_LOOK_EVERY_S: Final = 0.05
#: A rewrite of the append-only file, or another snapshot, may run before; a large one takes minutes.
_BEGINS_WITHIN_S: Final = 600.0
_BUSY: Final = ("Another child process", "Background save already")

_BASE: Final = "appendonly.aof.1.base.rdb"


def take(client: Client) -> Path:
    """Have the server write a snapshot, and return the file: the caller's to move, and to delete.

    The server goes on answering; it forks, and the child writes what was there at the fork: all of a move or
    nothing of it. The file lies in the server's own folder; the append-only file is not touched. Two callers at
    once would get the same file: the caller sees to it that there is one.

    Raises Unavailable: the server is away or was restarted meanwhile, or could not write (its log tells why).
    """
    before = _begun(client)
    while (seen := _persistence(client))["rdb_bgsave_in_progress"]:
        time.sleep(_LOOK_EVERY_S)
    if seen["rdb_last_bgsave_status"] != "ok" or seen["rdb_saves"] <= before:
        raise Unavailable("the store could not write a snapshot: its log tells why (a full disk?)")
    return Path(_config(client, "dir")) / _config(client, "dbfilename")


def place(snapshot: Path, folder: Path) -> None:
    """Make a server that is started on `folder` begin with `snapshot`: as the base of its append-only file.

    folder: without an append-only file. The snapshot is copied. Raises OSError.
    """
    files = folder / "appendonlydir"
    files.mkdir(mode=0o700, parents=True)
    shutil.copyfile(snapshot, files / _BASE)
    (files / _BASE).chmod(0o600)  # what was copied may be read-only
    (files / "appendonly.aof.manifest").write_text(f"file {_BASE} seq 1 type b\n", encoding="ascii")


def _begun(client: Client) -> int:
    """Begin a snapshot; return how many the server had made before."""
    end = time.monotonic() + _BEGINS_WITHIN_S
    while True:
        before = int(_persistence(client)["rdb_saves"])
        try:
            client.run("BGSAVE")
        except ResponseError as error:
            if not str(error).startswith(_BUSY):
                raise Unavailable(f"the store makes no snapshot: {error}") from error
            if time.monotonic() >= end:
                raise Unavailable("the store is busy with its append-only file and makes no snapshot") from error
            time.sleep(_LOOK_EVERY_S)
        else:
            return before


def _persistence(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.run("INFO", "persistence")
    return found


def _config(client: Client, name: str) -> str:
    found: dict[str, str] = client.run("CONFIG GET", name)
    return found[name]
