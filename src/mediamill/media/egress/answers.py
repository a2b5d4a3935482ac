"""What programs hear: our own words where we refuse, a server's head where we pass it on."""

import re
from typing import Final

from mediamill.core.context import Hidden

_REASONS: Final = {
    400: "Bad Request",
    403: "Refused",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Unreachable",
    503: "Too Many Connections",
    504: "Timed Out",
    505: "HTTP Version Not Supported",
}
_END: Final = re.compile(rb"\r?\n\r?\n")
_LINE: Final = re.compile(rb"\r?\n")
_INTERIM: Final = re.compile(rb"HTTP/1\.[01] 1[0-9][0-9]")
#: Of one connection; the rest of the head goes on as the server wrote it, odd as it may be.
_OURS: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authentication-info", b"proxy-connection", b"upgrade"}
)


def refusal(status: int, words: str) -> bytes:
    """Return an answer of our own. words: for people."""
    body = f"{words}\n".encode("ascii", "replace")
    challenge = 'Proxy-Authenticate: Basic realm="mediamill"\r\n' if status == 407 else ""  # noqa: PLR2004
    head = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Refused')}\r\n{challenge}"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def led(hidden: Hidden) -> bytes:
    """Return an answer that sends a program elsewhere."""
    cookies = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in hidden.cookies)
    head = f"HTTP/1.1 302 Found\r\nLocation: {hidden.url}\r\n{cookies}Content-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode("utf-8", "replace")


#: What a tunnel begins with.
CONNECTED: Final = b"HTTP/1.1 200 Connected\r\n\r\n"


def split(heard: bytes) -> tuple[bytes, bytes] | None:
    """Return a server's head, without the empty line at its end, and what follows; None: it is not all there yet."""
    end = _END.search(heard)
    return (heard[: end.start()], heard[end.end() :]) if end else None


def interim(head: bytes) -> bool:
    """Whether another head follows (1xx)."""
    return _INTERIM.match(head) is not None


def passed_on(head: bytes) -> bytes:
    """Return a server's head for the program: the connection ends with the answer, whatever the server says."""
    first, *lines = _LINE.split(head)
    if interim(head):
        return b"\r\n".join([first, *lines]) + b"\r\n\r\n"
    kept, folded = [], False
    for line in lines:
        if line[:1] in {b" ", b"\t"}:  # goes on from the line before
            if not folded:
                kept.append(line)
            continue
        folded = line.partition(b":")[0].strip().lower() in _OURS
        if not folded:
            kept.append(line)
    return b"\r\n".join([first, *kept, b"Connection: close"]) + b"\r\n\r\n"
