"""Cursors of lists: a place in the store, which clients need not understand."""

import base64
import binascii
import re
from typing import Final

from fastapi import Request

from mediamill.core.errors import InvalidInput

#: A time and a job's id: a row of the lists by creation or by end.
ROW: Final = re.compile(r"\d{13}:[0-9a-f-]{36}")


def write(place: str | None) -> str | None:
    """Return the cursor of a place."""
    return None if place is None else base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read(cursor: str | None, form: re.Pattern[str] = ROW) -> str | None:
    """Return the place of a cursor. Raises InvalidInput unless it has the `form` of ours."""
    if cursor is None:
        return None
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        place = ""
    if not form.fullmatch(place):
        raise InvalidInput("this is not the `next` of a page", field="cursor")
    return place


def link(request: Request, following: str | None) -> dict[str, str]:
    """Return the header that leads to the next page, if there is one."""
    if following is None:
        return {}
    url = request.url.include_query_params(cursor=following)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}
