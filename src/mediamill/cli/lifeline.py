"""Become another program that gets a signal when its parent dies.

Run as a file, `python -I -S lifeline.py SIGNAL PARENT FOLDER ARGV...`, so that it costs 20 ms and imports
nothing of ours. The kernel keeps the wish (PR_SET_PDEATHSIG) through exec; it watches the parent's
*thread*, so the parent starts its children from its main thread.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def tie(death_signal: int, parent: int) -> None:
    """Ask the kernel for a signal when the parent dies; end at once if it is already gone."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the wish was known
        sys.exit(0)


def become(death_signal: int, parent: int, folder: str, argv: list[str]) -> None:
    """Replace this process by `argv`, started in `folder` and tied to its parent."""
    tie(death_signal, parent)
    os.chdir(folder)
    os.execv(argv[0], argv)  # noqa: S606 - argv comes from our own parent


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
