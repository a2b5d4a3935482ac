"""For loops that must go on, whatever one round of them meets."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from mediamill.core.errors import Unavailable

_log = structlog.get_logger("mediamill.engine")


class Tried:
    """Whether the block went well."""

    well = True


@contextmanager
def going_on(what: str, **facts: object) -> Iterator[Tried]:
    """Log what goes wrong in the block and go on after it: a store that is away in a line, the rest whole."""
    tried = Tried()
    try:
        yield tried
    except Unavailable as away:
        tried.well = False
        _log.warning(what, why=away.message, code=away.code, **facts)
    except Exception:  # noqa: BLE001 - logged whole
        tried.well = False
        _log.exception(what, **facts)
