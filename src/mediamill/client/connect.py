"""How a client connects."""

from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from mediamill import __version__

DEFAULT_URL: Final = "http://127.0.0.1:8000"
TIMEOUT_S: Final = 30.0
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_here(url: str) -> bool:
    """Whether a URL means this machine."""
    return urlsplit(url).hostname in _HERE


def options(url: str, api_key: str | None, timeout_s: float) -> dict[str, Any]:
    """Return what both of httpx2's clients are made with. A server on this machine is asked without a proxy."""
    headers = {"User-Agent": f"mediamill/{__version__}"}
    if api_key:
        headers["X-API-Key"] = api_key
    return {
        "base_url": url,
        "headers": headers,
        "timeout": httpx2.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
        "trust_env": not is_here(url),
    }


def read_timeout(read_s: float) -> httpx2.Timeout:
    """Return a timeout for answers that may take their time."""
    return httpx2.Timeout(TIMEOUT_S, connect=5.0, read=read_s)
