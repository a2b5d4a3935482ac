"""The API's listening socket, opened by whoever supervises it."""

import errno
import http.client
import json
import socket
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from mediamill.core.errors import Unavailable

_BACKLOG = 2048
_ANSWER_WITHIN_S = 3.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - to be told apart from one address


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; the API inherits it, so that connections wait while the API restarts.

    Raises Unavailable when the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        why = {
            errno.EADDRINUSE: f"port {port} is in use: take another one with --port, or stop what runs there",
            errno.EACCES: f"this user may not listen on port {port}: take one above 1023",
        }
        raise Unavailable(why.get(error.errno or 0, f"cannot listen on {host}:{port}: {error.strerror}")) from error


def url_of(listener: socket.socket) -> str:
    """Return the URL at which this machine reaches what listens there."""
    host, port = listener.getsockname()[:2]
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Told(NamedTuple):
    """What an API says of itself. why: "" when it is ready; notes: what is not as it should be all the same."""

    why: str
    notes: tuple[str, ...] = ()
    degraded: bool = False


def ready(url: str) -> str:
    """Return "" when the API says that it is ready, else what it or the network says."""
    return told(url).why


def told(url: str) -> Told:
    """Ask an API whether it is ready."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/ready")
        response = connection.getresponse()
        body = response.read(65_536)
    except (OSError, http.client.HTTPException) as error:
        return Told(str(error) or type(error).__name__)
    finally:
        connection.close()
    return _read(body, ready=response.status < HTTPStatus.MULTIPLE_CHOICES)


def _read(body: bytes, *, ready: bool) -> Told:
    try:
        words = json.loads(body)
        if not ready:
            return Told("; ".join(words["reasons"]) if "reasons" in words else str(words["error_message"]))
        return Told("", (*words["reasons"], *words["warnings"]), words["status"] == "degraded")
    except (ValueError, KeyError, TypeError):
        return Told("" if ready else body[:200].decode(errors="replace") or "an error without words")
