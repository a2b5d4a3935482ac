"""Runs another program, and prints a line five times a second meanwhile.

Whoever waits for a program that says nothing looks after it at each of them. A warm module, in the program's sandbox.
Its arguments are the program's. SIGINT is the program's to heed; the return code is its own.
"""

import signal
import subprocess
import sys
from typing import Final

#: A line that means nothing but that time passes.
TICK: Final = "@tick"
_EVERY_S: Final = 0.2
_NOT_STARTED: Final = 127


def main(argv: list[str]) -> int:
    """Run `argv` to its end; return what a shell would."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, restore_signals=True, preexec_fn=_heed)  # noqa: PLW1509, S603 - it has no thread, and the program is the caller's choice
    except OSError as error:
        sys.stdout.write(f"{error.strerror}\n")
        return _NOT_STARTED
    while True:
        try:
            ended = program.wait(_EVERY_S)
        except subprocess.TimeoutExpired:
            sys.stdout.write(f"{TICK}\n")
            sys.stdout.flush()
            continue
        return ended if ended >= 0 else 128 - ended


def _heed() -> None:
    """Let the program be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
