"""The process's end of a Coprocess: read requests, answer them."""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from mediamill.core.errors import InvalidInput, PermanentError, RetryableError

#: What begins a reply (RFC 7464).
SEPARATOR: Final = "\x1e"
#: Written in one go, so that nothing of another thread comes between (PIPE_BUF is 4,096): large things are in files.
LONGEST_REPLY_BYTES: Final = 4_000

#: Told how far a request is, 0..1.
OnProgress = Callable[[float], None]
#: What answers one request.
Answer = Callable[[Mapping[str, Any], OnProgress], Mapping[str, object]]


def answer(answered: Answer) -> None:
    """Answer requests, one after another, until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the first word of a cancel: no traceback
    for line in sys.stdin.buffer:
        _say(_reply(answered, json.loads(line)))


def _reply(answered: Answer, request: Mapping[str, Any]) -> Mapping[str, object]:
    try:
        return {"answer": answered(request, lambda fraction: _say({"progress": round(fraction, 4)}))}
    except InvalidInput as error:
        return {"invalid": error.message, "code": error.code, "field": error.field}
    except PermanentError as error:
        return {"permanent": error.message, "code": error.code}
    except RetryableError as error:
        return {"retryable": error.message, "code": error.code, "after_s": error.after_s}
    except OSError as error:
        _complain()
        return {"os": error.errno or 0}
    except MemoryError:
        raise  # the limit of memory is told from how a process ends
    except Exception as error:  # noqa: BLE001 - it is told to who asked
        _complain()
        return {"failed": f"{type(error).__name__}: {error}"[:1_000]}


def _complain() -> None:
    """Print where the error came from: it is the tail of what the asker is told."""
    import traceback  # noqa: PLC0415 - of each process's start, 3 ms that hardly any needs

    traceback.print_exc()


def _say(reply: Mapping[str, object]) -> None:
    line = json.dumps(reply)
    if len(line) > LONGEST_REPLY_BYTES:
        line = json.dumps({"failed": f"the answer has {len(line)} bytes; {LONGEST_REPLY_BYTES} are the limit"})
    # A line of its own, whatever a library left unfinished before.
    os.write(sys.stdout.fileno(), f"\n{SEPARATOR}{line}\n".encode())
