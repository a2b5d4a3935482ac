"""GET /files where very many are kept: by page, by room, by URL and by time, of a whole server over HTTP."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from bench.machine import folder, private_valkey, table
from bench.recordings.scale import Scale
from bench.stack import OWNER, Server, api, environment
from bench.wire import Clients, percentile

from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.library import ROWS, LibraryIndex, Row
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts

#: Of each channel so many are kept, one a minute.
FILES: Final = 500
_BEGAN_MS: Final = 1_700_000_000_000
_EVERY_MS: Final = 60_000
#: Requests of each kind, for each channel.
_REQUESTS: Final = 2
_CLIENTS: Final = 8
_PAGE: Final = 50


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path, private_valkey(path) as url:
        environ = environment(url, path) | {"MEDIAMILL_DATA_DIR": str(path / "data")}
        number, fill_s, mib = fill(url, scale.many)
        with api(environ) as server:
            requests = scale.many * _REQUESTS
            rows = [_row(server, name, ask, requests) for name, ask in questions(scale.many)]
    head = ["asked", "one after another p50 ms", "p99 ms", f"{_CLIENTS} at once p50 ms", "p99 ms", "target of p99"]
    return table(
        f"GET /files among {number:,} kept files of one owner, {_PAGE} a page, {requests} requests each; the index "
        f"takes {mib:.0f} MiB of Valkey and {fill_s / number * 1e6:.0f} us a file to fill",
        [head, *([*row, "< 50"] for row in rows)],
    )


def fill(url: str, channels: int) -> tuple[int, float, float]:
    """Note FILES files of each channel; return how many, the seconds, and the MiB that they take."""
    client = connect(RedisSettings(url=url))
    with closing(client):
        index = LibraryIndex(Scripts(client, Keys(), ""))
        before, began = _used(client.run("INFO", "memory")), time.perf_counter()
        rows = _rows(channels)
        while some := list(islice(rows, ROWS)):
            assert not index.adopt(some)
        fill_s = time.perf_counter() - began
        return channels * FILES, fill_s, (_used(client.run("INFO", "memory")) - before) / 2**20


def _used(info: dict[str, int]) -> int:
    return info["used_memory"]


def _rows(channels: int) -> Iterator[Row]:
    for number in range(channels * FILES):
        room, at_ms = _room(number % channels), _BEGAN_MS + number * _EVERY_MS
        at = time.strftime("%Y/%m/%d/%Y%m%dT%H%M%S", time.gmtime(at_ms / 1000))
        name = f"{room}/{at}_A live of the morning {number}.mp4"
        yield Row(
            name=name,
            owner=OWNER,
            job=f"01994f6e-5f0a-7c31-9d0c-{number:012x}",
            asked=name,
            room=room,
            url=_url(number % channels),
            began_ms=at_ms,
            seconds=3_600.0,
            size_bytes=1_000_000 + number,
            kept_ms=at_ms,
            folder="0" * 32,
            machine="bench",
        )


def _room(channel: int) -> str:
    return f"{7_301_234_567_890_000_000 + channel}"


def _url(channel: int) -> str:
    return f"https://live.example/@channel-{channel}/live"


def questions(channels: int) -> Iterator[tuple[str, Callable[[], dict[str, object]]]]:
    """Yield what is asked, each with what makes the next query. The same ones in every run."""
    chance = random.Random(8)  # noqa: S311
    last = channels * FILES

    def time_span() -> dict[str, object]:
        first = chance.randrange(last)
        begins_s = (_BEGAN_MS + first * _EVERY_MS) / 1000
        return {"from": begins_s, "to": begins_s + 86_400}

    yield "the newest", dict
    yield "any page", lambda: {"page": chance.randrange(last // _PAGE) + 1}
    yield "a room", lambda: {"room_id": _room(chance.randrange(channels)), "page": chance.randrange(FILES // _PAGE) + 1}
    yield "a URL", lambda: {"url": _url(chance.randrange(channels))}
    yield "a day", time_span
    yield "a room and a day", lambda: {"room_id": _room(chance.randrange(channels)), **time_span()}


def _row(server: Server, name: str, ask: Callable[[], dict[str, object]], requests: int) -> list[str]:
    def request() -> bytes:
        return server.request("GET", f"/files?{urlencode({**ask(), 'page_size': _PAGE})}")

    cells = [name]
    for clients in (1, _CLIENTS):
        with closing(Clients(server.port, clients, request, (200, b'"total"'))) as crowd:
            crowd.run(requests // 10)
            took = crowd.run(requests)
        cells += [f"{percentile(took, share) * 1000:.2f}" for share in (0.5, 0.99)]
    return cells
