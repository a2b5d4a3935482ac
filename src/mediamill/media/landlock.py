"""Landlock: what the kernel lets a program, and all that it starts, read, write and connect to.

Rules are paths and ports that are allowed; whatever no rule names is refused. A ruleset is a descriptor: its maker
fills it, and the process that is to be held asks the kernel for it in its last moment before it becomes the program.
What no version of it covers: names, sizes, modes and times of files (stat, chmod, utime), and every socket that is no
TCP; `seccomp.py` refuses those.

Source: landlock(7) and include/uapi/linux/landlock.h; the numbers of the system calls are the same on every machine.
"""

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from mediamill.media.confine import Confine

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
#: With a descriptor of a ruleset: from here on this thread, and all that it starts, is held to it.
RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_BENEATH: Final = 1
_PORT: Final = 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
#: What makes sense of a file that is no folder.
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
#: How many rights over files each version knows, from the lowest bit on.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_BIND_TCP, _CONNECT_TCP = 1, 2
NETWORK_SINCE: Final = 4
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_SCOPES_SINCE: Final = 6

_DEVICES: Final = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)


@cache
def version() -> int:
    """Return which Landlock the kernel has, 1 or more; 0: none, or it is switched off."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)))


def holds() -> tuple[str, ...]:
    """Return what is held back here, for people; () where the kernel has none of it."""
    since = {1: "files", NETWORK_SINCE: "TCP", _SCOPES_SINCE: "signals"}
    return tuple(what for first, what in since.items() if version() >= first)


def ruleset(confine: Confine, known: int | None = None) -> int | None:
    """Return a ruleset's descriptor, which is the caller's; None where the kernel has no Landlock.

    known: use what this version has, which the kernel has, too; None: all.
    What is not there, or may not be seen, is left out. Raises OSError when a place to write to is not there.
    """
    if not (known := version() if known is None else known):
        return None
    rights = (1 << _FILE_RIGHTS.get(known, max(_FILE_RIGHTS.values()))) - 1
    attributes = [rights]
    if known >= NETWORK_SINCE:
        attributes.append(_BIND_TCP | _CONNECT_TCP)
    if known >= _SCOPES_SINCE:
        attributes.append(_ABSTRACT_SOCKETS | _SIGNALS)
    body = struct.pack(f"={len(attributes)}Q", *attributes)
    made = _checked(_libc.syscall(_CREATE_RULESET, body, ctypes.c_size_t(len(body)), 0))
    try:
        for path in confine.writable:
            _allow(made, path, rights & ~(_MAKE_CHAR | _MAKE_BLOCK))
        _allow_reading(made, confine.all_readable(), rights & _READ)
        for name in _DEVICES:
            _allow(made, Path("/dev", name), rights & (_READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE))
        for port in confine.ports if known >= NETWORK_SINCE else ():
            _add(made, _PORT, struct.pack("=QQ", _CONNECT_TCP, port))
    except BaseException:
        os.close(made)
        raise
    return made


def _allow_reading(made: int, paths: Iterable[Path], rights: int) -> None:
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            _allow(made, path, rights)


def _allow(made: int, path: Path, rights: int) -> None:
    """Allow this below the path, or of the file that is there."""
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = stat.S_ISDIR(os.fstat(place).st_mode)
        _add(made, _BENEATH, struct.pack("=Qi", rights if folder else rights & _OF_FILES, place))
    finally:
        os.close(place)


def _add(made: int, kind: int, rule: bytes) -> None:
    _checked(_libc.syscall(_ADD_RULE, made, kind, rule, 0))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno() or errno.EINVAL
        raise OSError(number, os.strerror(number))
    return answer
