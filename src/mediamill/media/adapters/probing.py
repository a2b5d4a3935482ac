"""Whether the programs of a description are here, and in which version."""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from copy import copy
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media import programs
from mediamill.media.adapters import template
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.ffmpeg import ffmpeg
from mediamill.media.digests import digest_of

_PROBE_S: Final = 30.0
_VERSION_CHARS: Final = 60
_SHOWN_CHARS: Final = 200
_DIGEST_CHARS: Final = 16
#: A program that does not say its version is not started again by each attempt of a crowd.
FAILED_S: Final = 15.0
_MOST_ANSWERS: Final = 64

Answer = TypeVar("Answer")


def version(adapter: Adapter, check: Callable[[], None] = lambda: None) -> str:
    """Return the version of the adapter's program. Asked once a process and program file: it may start the program.

    check: asked five times a second while that runs; what it raises ends it. A failure holds for 15 seconds.

    Raises PermanentError with code PROGRAM_MISSING where the program, or another that it needs, is not here, and
    USAGE where it does not say its version; RetryableError where it could not be started now.
    """
    # A warm module is our own: its program's name is not looked for.
    for name in (*(() if adapter.warm else adapter.argv[:1]), *adapter.needs):
        _marked(name)
    if adapter.version.package:
        try:
            return version_of(adapter.version.package)
        except PackageNotFoundError:
            raise PermanentError(f"the package {adapter.version.package} is missing", code="PROGRAM_MISSING") from None
    if adapter.version.file:
        return _digest(*_marked(adapter.version.file))
    words = tuple(template.fill(word, _place) for word in adapter.version.argv)
    return _answers.of(Question(adapter.title, words, adapter.version.match, _marked(words[0])), check)


def _marked(name: str) -> tuple[str, int, int]:
    """Return where a program is, and what changes when it is replaced."""
    word = template.fill(name, _place)
    # As media.programs looks: beside our Python, too.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    found = shutil.which(word, path=path)
    if found is None:
        raise PermanentError(f"the program {Path(word).name} is not installed here", code="PROGRAM_MISSING")
    seen = Path(found).stat()
    return found, seen.st_mtime_ns, seen.st_size


def _place(name: str) -> str:
    """Return what a placeholder stands for where nothing is wanted yet."""
    match name:
        case "python":
            return sys.executable
        case "ffmpeg":
            return str(ffmpeg())
    raise PermanentError(f"{{{name}}} means nothing where only the version is asked", code="USAGE")


class Question(NamedTuple):
    """What a program is asked. mark: a program that was replaced is asked again."""

    title: str
    words: tuple[str, ...]
    match: re.Pattern[str]
    mark: tuple[str, int, int]


class Answers:
    """What programs said, kept; and what came instead, kept for some seconds. Any thread may ask; now: seconds."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._said: dict[Question, str] = {}
        self._failed: dict[Question, tuple[float, PermanentError | RetryableError]] = {}

    def of(self, question: Question, check: Callable[[], None]) -> str:
        """Return the version that the program says. Raises as `version`; a cancel is no answer and not kept."""
        said = self._said.get(question)
        if said is not None:
            return said
        until, failure = self._failed.get(question, (0.0, None))
        if failure is not None and self._now() < until:
            raise copy(failure)  # another thread may raise it too
        try:
            said = _asked(question, check)
        except (PermanentError, RetryableError) as error:
            _keep(self._failed, question, (self._now() + FAILED_S, copy(error)))
            raise
        _keep(self._said, question, said)
        return said


def _keep(kept: dict[Question, Answer], question: Question, answer: Answer) -> None:
    if len(kept) >= _MOST_ANSWERS:
        kept.clear()
    kept[question] = answer


_answers = Answers()


def _asked(question: Question, check: Callable[[], None]) -> str:
    """Start the program and read what it says."""
    limits = programs.Limits(wall_s=_PROBE_S)
    with (
        tempfile.TemporaryDirectory() as folder,
        programs.start(question.words, cwd=Path(folder), limits=limits) as program,
    ):
        told = program.wait(check)
    found = question.match.search(told.output)
    if found is None:
        shown = " ".join(told.output.split())[:_SHOWN_CHARS] or "nothing"
        raise PermanentError(f"{question.title} does not say its version, but: {shown}", code="USAGE")
    return found[0][:_VERSION_CHARS]


@lru_cache(maxsize=64)
def _digest(path: str, *mark: int) -> str:
    """Return the beginning of a program's SHA-256."""
    del mark
    return digest_of(Path(path))[:_DIGEST_CHARS]
