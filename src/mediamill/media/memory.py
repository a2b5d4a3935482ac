"""What this process has freed and the system does not know of."""

import ctypes
from contextlib import suppress


def trim() -> None:
    """Give it back: loading a model leaves some 40 MB behind. Some milliseconds."""
    with suppress(AttributeError):  # not every C library has it
        ctypes.CDLL(None).malloc_trim(0)
