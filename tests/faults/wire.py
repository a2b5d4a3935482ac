"""Single requests, timed: what a client sees before it thinks of trying again."""

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from statistics import quantiles
from typing import Any, Final
from urllib.parse import urlsplit

from tests.faults.stack import KEYS

_GIVES_UP_S: Final = 90.0


@dataclass(frozen=True)
class Told:
    """One answer. status: 0 when the connection broke. seconds: from the first byte sent to the last one read.

    headers: names in lower case.
    """

    status: int
    body: Any
    seconds: float
    headers: Mapping[str, str]


def once(
    door: str,
    method: str,
    path: str,
    body: Mapping[str, object] | bytes | None = None,
    *,
    owner: str = "ann",
    within_s: float = _GIVES_UP_S,
    **headers: str,
) -> Told:
    """Ask one door once. headers: names with `_` for `-`."""
    sent = json.dumps(body).encode() if isinstance(body, Mapping) else body
    named = {"X-API-Key": KEYS[owner], "Content-Type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    began = time.monotonic()
    with closing(http.client.HTTPConnection(urlsplit(door).netloc, timeout=within_s)) as connection:
        try:
            connection.request(method, path, sent, named)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            return Told(0, repr(error), time.monotonic() - began, {})
    return Told(
        response.status,
        _read(text),
        time.monotonic() - began,
        {name.lower(): value for name, value in response.getheaders()},
    )


def _read(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def p95(seconds: list[float]) -> float:
    """Return the value that 95 of 100 do not exceed."""
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else max(seconds)
