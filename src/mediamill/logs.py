"""Structured logs: JSON lines to standard error, readable ones on a terminal."""

import json
import logging
import sys
from contextlib import suppress
from typing import Any, Final, TextIO

import structlog

#: One for all lines: `json.dumps` with options makes an encoder for each.
_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=repr)


def configure(level: str) -> None:
    """Set up structlog and the standard library's loggers, whose lines look the same."""
    terminal = sys.stderr.isatty()
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.types.Processor] = (
        # Where rich is installed, its tracebacks would show the values of all variables, secrets too.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_encoded)]
    )
    structlog.configure(
        # Our own lines go straight to the stream: on the way through the standard library each costs three times that.
        processors=[*shared, *rendering],
        logger_factory=lambda *names: _Lines(*names, stream=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("celery", "kombu", "amqp", "httpx2", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Lines:
    """Writes lines, each in one call, so that those of threads do not mix. name: what `add_logger_name` tells."""

    def __init__(self, name: str = "root", *, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def write(self, line: str) -> None:
        """Write a line. A full disk, or a reader who has gone, stops nobody's work."""
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = error = exception = critical = write


def _encoded(line: dict[str, Any], **_: object) -> str:
    return _JSON.encode(line)
