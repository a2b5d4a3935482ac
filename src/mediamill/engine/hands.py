"""Handing in from the keeper: in a process of its own, which lives for one round.

The keeper runs no service code (docs/decisions/0007), and how a file is handed in is said by its service.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mediamill.files.lasting import Taken
from mediamill.media import programs
from mediamill.media.answering import SEPARATOR
from mediamill.media.coprocess import Coprocess

#: The other end: asked for {"folder", "name"} it answers {"job"}.
MODULE: Final = "mediamill.cli.rescuing"
#: For one file, which may have to go to a bucket.
FILE_S: Final = 3 * 3600.0
_ROUND_S: Final = 86_400.0


class Hands:
    """Implements HandsIn. The process starts with the first file, and is gone after the `with`."""

    def __init__(self) -> None:
        self._process = Coprocess(MODULE, _start, lambda: None)

    def __call__(self, taken: Taken, name: str) -> str | None:
        """Hand in a file. Raises what HandsIn says, and as `Coprocess.ask` does."""
        job_id: str | None = self._process.ask({"folder": taken.name, "name": name}, timeout_s=FILE_S)["job"]
        return job_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.close()


def _start(on_line: Callable[[str], None]) -> programs.Program:
    """Start it with our own settings: unlike a job's programs it is one of us, and what it says is our log."""

    def heard(line: str) -> None:
        on_line(line)
        if line and not line.startswith(SEPARATOR):
            sys.stderr.write(f"{line}\n")

    path = os.pathsep.join(each for each in sys.path if each)
    return programs.start(
        (sys.executable, "-P", "-m", MODULE),
        cwd=Path.cwd(),
        limits=programs.Limits(_ROUND_S),
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": tempfile.gettempdir()},
        on_line=heard,
        listens=True,
    )
