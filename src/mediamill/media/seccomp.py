"""A filter of system calls: the ways to talk that Landlock does not know.

TCP by its own protocol, IPv4 or IPv6, is all that is left of sockets: no UDP, so no names and no QUIC; no raw packets,
no MPTCP, which Landlock's rules of ports do not see; no Unix sockets by path, such as that of this machine's Valkey (a
pair of sockets is no way out and stays). Opening a connection with the first packet (TCP Fast Open) and io_uring go
around the rules of ports, so they go, too. A refused call fails with EPERM; programs do without.

Source: seccomp(2), the classic BPF of linux/bpf_common.h, socket(2), `man 2 sendmsg`.
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
_REFUSE: Final = 0x00050000 | 1  # SECCOMP_RET_ERRNO, EPERM

#: Offsets in struct seccomp_data; of an argument, its lower half.
_CALL, _MACHINE, _ARGUMENTS = 0, 4, 16

_INET, _INET6 = 2, 10
_STREAM, _TYPE_BITS = 1, 0xF
_TCP: Final = 6
_FAST_OPEN: Final = 0x20000000
#: From here on x86_64 has the calls of another ABI (x32), which this filter does not know.
_X32: Final = 0x40000000


@dataclass(frozen=True)
class _Numbers:
    """What a machine calls itself and the calls."""

    machine: int
    socket: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    io_uring_setup: int = 425


_MACHINES: Final = {
    "x86_64": _Numbers(machine=0xC000003E, socket=41, sendto=44, sendmsg=46, sendmmsg=307),
    "aarch64": _Numbers(machine=0xC00000B7, socket=198, sendto=206, sendmsg=211, sendmmsg=269),
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
            (_EQUAL, numbers.io_uring_setup, "refuse", ""),
            (_EQUAL, numbers.sendto, "fourth", ""),
            (_EQUAL, numbers.sendmmsg, "fourth", ""),
            (_EQUAL, numbers.sendmsg, "third", "allow"),
            "fourth",
            (_LOAD, _argument(3), "", ""),
            (_ANY_BIT, _FAST_OPEN, "refuse", "allow"),
            "third",
            (_LOAD, _argument(2), "", ""),
            (_ANY_BIT, _FAST_OPEN, "refuse", "allow"),
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
            (_RETURN, _REFUSE, "", ""),
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
