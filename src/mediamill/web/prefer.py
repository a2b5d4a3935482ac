"""The Prefer header (RFC 7240): how long a client wants to wait for the end."""

import re
from typing import Final

_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=[,;]|$)", re.IGNORECASE)


def wait_s(prefer: str | None, longest_s: float) -> float | None:
    """Return the seconds of `wait=n`, capped, or None. What cannot be read is not a preference."""
    found = _WAIT.search(prefer or "")
    return min(float(found[1]), longest_s) if found else None
