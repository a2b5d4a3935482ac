"""Answers that can be asked for in part: conditions, ranges, and a body that is read as its client takes it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from mediamill.web.conditions import Span, Unsatisfiable, not_modified, wanted_span
from mediamill.web.errors import Refused
from mediamill.web.patient import PatientStream

#: Files come from users and tools: a browser must not run anything of them, nor may a proxy change them.
_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache, no-transform",
    "Accept-Ranges": "bytes",
}


@dataclass(frozen=True)
class Content:
    """What never changes under its etag. name: under which a client saves it; read: yields the bytes of a span."""

    name: str
    media_type: str
    size_bytes: int
    etag: str
    read: Callable[[int, int], AsyncIterator[bytes]]


def respond(request: Request, content: Content, send_s: float) -> Response:
    """Answer with the content, or the part of it that was asked for. send_s: as for `PatientStream`.

    Raises Refused (416) for a range beyond its end.
    """
    headers = {**_HEADERS, "ETag": content.etag, "Content-Disposition": _disposition(content.name)}
    if not_modified(request, content.etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        span = wanted_span(request, content.size_bytes, content.etag)
    except Unsatisfiable:
        raise Refused(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"the file has {content.size_bytes} bytes",
            headers={"Content-Range": f"bytes */{content.size_bytes}"},
        ) from None
    start, end = span or Span(0, content.size_bytes)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size_bytes}"
    status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK
    if start == end:
        return Response(status_code=status, headers=headers, media_type=content.media_type)
    body = content.read(start, end)
    return PatientStream(body, send_s, status_code=status, headers=headers, media_type=content.media_type)


def documented(media_type: str, what: str) -> dict[int | str, dict[str, Any]]:
    """Return what a route's documentation says of such answers."""
    binary = {"schema": {"type": "string", "format": "binary"}, "example": f"the {what}'s bytes"}
    return {
        200: {"content": {media_type: binary}, "description": f"The {what}."},
        206: {"content": {media_type: binary}, "description": "A part of it, by `Range`."},
        304: {"description": "Not changed."},
    }


def _disposition(name: str) -> str:
    """Return a Content-Disposition that saves a file under its own name (RFC 6266)."""
    last = name.rpartition("/")[2]
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in last)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='')}"
