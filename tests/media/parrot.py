"""A module for a coprocess: does what it is told."""

import ctypes
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from mediamill.core.errors import InvalidInput, PermanentError, RetryableError
from mediamill.media.answering import OnProgress, answer


def answered(request: Mapping[str, Any], progress: OnProgress) -> Mapping[str, object]:  # noqa: C901 - a list of tricks
    match request:
        case {"say": word}:
            sys.stderr.write("half a line of a library")
            progress(0.5)
            return {"said": word, "pid": os.getpid(), "cwd": os.getcwd()}  # noqa: PTH109 - as told by the kernel
        case {"take": int(size)}:
            return {"taken": len(bytearray(size))}
        case {"crash": True}:
            ctypes.string_at(0)
        case {"leave": int(code)}:
            os._exit(code)
        case {"sleep": float(seconds)}:
            time.sleep(seconds)
        case {"refuse": "invalid"}:
            raise InvalidInput("too loud", field="volume", code="LOUD")
        case {"refuse": "permanent"}:
            raise PermanentError("no such word", code="WORD")
        case {"refuse": "retryable"}:
            raise RetryableError("asleep", after_s=7.0, code="ASLEEP")
        case {"refuse": "os"}:
            raise OSError(28, "full")
        case {"long": int(length)}:
            return {"said": "x" * length}
        case _:
            raise KeyError("what")
    return {}


if __name__ == "__main__":
    answer(answered)
