"""Conditional and partial requests (RFC 9110): If-None-Match, If-Range, Range."""

import re
from typing import Final, NamedTuple

from fastapi import Request

_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Span(NamedTuple):
    """Bytes from `start` up to but without `end`."""

    start: int
    end: int


class Unsatisfiable(Exception):  # noqa: N818 - the RFC's word
    """The range begins after the end."""


def not_modified(request: Request, etag: str) -> bool:
    """Whether the client has this version already. Compares weakly, as If-None-Match does."""
    known = request.headers.get("if-none-match")
    if known is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def wanted_span(request: Request, size_bytes: int, etag: str) -> Span | None:
    """Return the bytes that a Range header asks for, or None when the whole file is to be sent.

    Several ranges, another unit and what cannot be read are ignored, as the RFC allows; so is a
    range that If-Range ties to another version. Raises Unsatisfiable.
    """
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:  # the last n bytes
        if int(last) == 0 or size_bytes == 0:
            raise Unsatisfiable
        return Span(max(0, size_bytes - int(last)), size_bytes)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        raise Unsatisfiable
    return Span(start, min(int(last) + 1, size_bytes) if last else size_bytes)
