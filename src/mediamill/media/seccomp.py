"""A filter of system calls: what Landlock does not know of.

Of sockets TCP by its own protocol remains, IPv4 or IPv6: no UDP, so no names and no QUIC; no raw packets, no MPTCP,
which Landlock's rules of ports do not see; no Unix sockets by path, such as that of this machine's Valkey (a pair of
sockets is no way out and stays). Opening a connection with the first packet (TCP Fast Open) and io_uring go around the
rules of ports. Changes of modes and owners, to which Landlock does not listen, are answered with yes and not made:
files keep the mode they were created with, and programs that copy files go on. Other processes' limits are not its own,
and of user namespaces, in which it would be root, there are none. What else is refused fails with EPERM.

Source: seccomp(2), the classic BPF of linux/bpf_common.h, socket(2), sendmsg(2), clone(2), prlimit(2).
"""

import ctypes
import errno
import platform
import struct
import sys
from dataclasses import dataclass
from functools import cache
from typing import Final

_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_MASK: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000

#: Offsets in struct seccomp_data; of an argument, its lower half.
_CALL, _MACHINE, _ARGUMENTS = 0, 4, 16

_INET, _INET6 = 2, 10
_STREAM, _TYPE_BITS = 1, 0xF
_TCP: Final = 6
_FAST_OPEN: Final = 0x20000000
_NEW_USER: Final = 0x10000000
#: From here on x86_64 has the calls of another ABI (x32), which this filter does not know.
_X32: Final = 0x40000000


@dataclass(frozen=True)
class _Numbers:
    """What a machine calls itself and the calls. modes: all that change modes and owners."""

    machine: int
    socket: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    unshare: int
    clone: int
    prlimit: int
    modes: tuple[int, ...]
    io_uring_setup: int = 425
    clone3: int = 435


_MACHINES: Final = {
    "x86_64": _Numbers(
        machine=0xC000003E,
        socket=41,
        sendto=44,
        sendmsg=46,
        sendmmsg=307,
        unshare=272,
        clone=56,
        prlimit=302,
        modes=(90, 91, 92, 93, 94, 260, 268, 452),
    ),
    "aarch64": _Numbers(
        machine=0xC00000B7,
        socket=198,
        sendto=206,
        sendmsg=211,
        sendmmsg=269,
        unshare=97,
        clone=220,
        prlimit=261,
        modes=(52, 53, 54, 55, 452),
    ),
}


@cache
def program() -> bytes:
    """Return the filter, instructions of 8 bytes; empty on a machine that it was not written for, or has no filters."""
    numbers = _MACHINES.get(platform.machine())
    if numbers is None or sys.byteorder != "little" or not _known():
        return b""
    return _assembled(
        [
            (_LOAD, _MACHINE, "", ""),
            (_EQUAL, numbers.machine, "", "refuse"),
            (_LOAD, _CALL, "", ""),
            (_AT_LEAST, _X32, "refuse", ""),
            (_EQUAL, numbers.socket, "socket", ""),
            (_EQUAL, numbers.sendto, "sendto", ""),
            (_EQUAL, numbers.sendmmsg, "sendto", ""),
            (_EQUAL, numbers.sendmsg, "sendmsg", ""),
            (_EQUAL, numbers.clone, "clone", ""),
            (_EQUAL, numbers.unshare, "clone", ""),
            (_EQUAL, numbers.prlimit, "prlimit", ""),
            (_EQUAL, numbers.clone3, "unknown", ""),
            (_EQUAL, numbers.io_uring_setup, "unknown", ""),
            *((_EQUAL, number, "ignore", "") for number in numbers.modes),
            (_RETURN, _ALLOW, "", ""),
            "sendto",
            (_LOAD, _argument(3), "", ""),
            (_ANY_BIT, _FAST_OPEN, "refuse", "allow"),
            "sendmsg",
            (_LOAD, _argument(2), "", ""),
            (_ANY_BIT, _FAST_OPEN, "refuse", "allow"),
            "clone",
            (_LOAD, _argument(0), "", ""),
            (_ANY_BIT, _NEW_USER, "refuse", "allow"),
            "prlimit",  # of the process itself, which is 0
            (_LOAD, _argument(0), "", ""),
            (_EQUAL, 0, "allow", "refuse"),
            "socket",
            (_LOAD, _argument(0), "", ""),
            (_EQUAL, _INET, "type", ""),
            (_EQUAL, _INET6, "type", "refuse"),
            "type",
            (_LOAD, _argument(1), "", ""),
            (_MASK, _TYPE_BITS, "", ""),
            (_EQUAL, _STREAM, "", "refuse"),
            (_LOAD, _argument(2), "", ""),
            (_EQUAL, 0, "allow", ""),
            (_EQUAL, _TCP, "allow", "refuse"),
            "refuse",
            (_RETURN, _ERRNO | errno.EPERM, "", ""),
            "unknown",  # so that the C library takes an older call, whose flags can be seen
            (_RETURN, _ERRNO | errno.ENOSYS, "", ""),
            "ignore",
            (_RETURN, _ERRNO, "", ""),
            "allow",
            (_RETURN, _ALLOW, "", ""),
        ]
    )


def _known() -> bool:
    """Whether the kernel takes filters: then it looks where one should be, and finds none there."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_SECCOMP, _FILTER, None, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def _argument(number: int) -> int:
    return _ARGUMENTS + 8 * number


def _assembled(lines: list[str | tuple[int, int, str, str]]) -> bytes:
    """Return the instructions. A line is a label, or code, operand, and where to go on when it is true and when not."""
    labels: dict[str, int] = {}
    count = 0
    for line in lines:
        if isinstance(line, str):
            labels[line] = count
        else:
            count += 1
    body, at = b"", 0
    for line in lines:
        if not isinstance(line, str):
            code, operand, *ways = line
            at += 1
            jumps = (labels[way] - at if way else 0 for way in ways)
            body += struct.pack("=HBBI", code, *jumps, operand)
    return body
