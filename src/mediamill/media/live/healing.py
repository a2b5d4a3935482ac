"""Cuts off what a recorder that was killed did not write to its end."""

from pathlib import Path

from mediamill.core.errors import PermanentError


class Broken(PermanentError):  # noqa: N818 - what the file is
    """There is nothing whole in a part."""

    code = "PART_BROKEN"


def heal(path: Path) -> int:
    """Cut a part where the last whole piece of it ends, in place; return how many bytes that took off.

    A transport stream ends with a packet, FLV with a tag, fragmented MP4 with a fragment. What a file is its first
    bytes say, not its name; of other kinds nothing is cut. Quick: it reads what it must, and copies nothing.

    Raises Broken where nothing whole is in it, and then the file is as it was.
    """
    raise NotImplementedError(path)
