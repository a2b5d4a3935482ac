"""Processes that get a signal when their parent dies.

A fork calls `tie`. A program is started by this file, `python -I -S lifeline.py SIGNAL PARENT FOLDER ARGV...`,
so that it costs 20 ms and imports nothing of ours; the kernel keeps the wish (PR_SET_PDEATHSIG) through
exec. It watches the parent's *thread*, so the parent starts its children from its main thread.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def tie(death_signal: int, parent: int) -> None:
    """Ask the kernel for a signal when `parent` dies, which is our own; end at once if it is already gone.

    Waiting to notice it takes a forked child of Celery's 18 s.
    """
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
