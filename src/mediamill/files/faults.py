"""What a disk's errors mean to a job and to a client. Messages name no path."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from mediamill.core.errors import Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def unavailable(error: OSError) -> Unavailable:
    """Return the error that says what a disk's error means, in words that name no path."""
    if error.errno in _FULL:
        return Unavailable("the disk for files is full", code="FILES_FULL")
    if error.errno in _REFUSED:
        return Unavailable("the folder for files cannot be written by this user", code="FILES_DENIED")
    word = errno.errorcode.get(error.errno or 0, "unknown error")
    return Unavailable(f"the disk for files failed ({word})", code="FILES_UNAVAILABLE")


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn OSError into Unavailable; a missing file stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unavailable(error) from error
