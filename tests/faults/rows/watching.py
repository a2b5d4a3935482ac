"""Clients that wait, watch, or never read."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import median
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
from tests.faults.often import every
from tests.faults.row import Ground, Habits, Row
from tests.faults.stack import KEYS
from tests.faults.wire import once, p95

from mediamill.store.live import CLIENT_NAME
from mediamill.testing import eventually

MIB: Final = 2**20
#: A client that takes nothing is dropped after 20 s (`Patience.send_s`).
DROPPED_WITHIN_S: Final = 45.0
LINES: Final = 1_900
SLOW: Final = 24
#: What the API may hold for all of them, bytes: a batch of lines, and what its connection had taken, for each.
HELD_BYTES: Final = SLOW * 3 * MIB
WAITERS: Final = 200
#: A ring that is lost is made up for after 15 s (`live.RECHECK_S`): later than this, one was lost.
TOLD_WITHIN_S: Final = 8.0
#: Not for ever: who only hears at the next recheck shall hear then, and be found late.
CUTS: Final = 40


def _dial(
    door: str, path: str, owner: str, headers: Mapping[str, str] = MappingProxyType({}), *, buffer_bytes: int = 0
) -> socket.socket:
    """Send a request, and read nothing of the answer."""
    parts = urlsplit(door)
    connection = socket.socket()
    if buffer_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    connection.settimeout(30)
    connection.connect((parts.hostname, parts.port))
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", f"X-API-Key: {KEYS[owner]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


# ---- readers who do not read


def _slow_readers(ground: Ground) -> None:
    """Let many ask for a long log, and never read: the API holds little for them, and lets them go."""
    door, api = ground.stack.doors[0], psutil.Process(ground.stack.apis[0].pid)
    # 7 MB: more than all the buffers on the way hold.
    (job_id,) = ground.submit("talk", times=LINES, seconds=90.0)
    eventually(lambda: len(ground.jobs.log(job_id, limit=2 * LINES)) >= LINES, within_s=60)
    once(door, "GET", f"/jobs/{job_id}/logs", owner="admin")  # what the first one of all costs is nobody's
    ground.load.start(Habits(clients=1, pause_s=0.3))
    before = api.memory_full_info().pss
    with ground.fault(f"{SLOW} clients that never read"), ExitStack() as stack:
        began = time.monotonic()
        kinds: tuple[dict[str, str], ...] = ({}, {"Accept": "text/event-stream"})
        readers = [
            stack.enter_context(
                closing(_dial(door, f"/jobs/{job_id}/logs?follow=true", "admin", kinds[each % 2], buffer_bytes=4_096))
            )
            for each in range(SLOW)
        ]
        ports = {reader.getsockname()[1] for reader in readers}
        eventually(lambda: ports <= _served(api), within_s=20)
        most = before
        while ports & _served(api):
            most = max(most, api.memory_full_info().pss)
            waited_s = time.monotonic() - began
            assert waited_s < DROPPED_WITHIN_S * ground.margin, f"{len(ports & _served(api))} are served still"
            ground.sleep(0.5)
        ground.recovered(time.monotonic() - began)
        held = most - before
        assert held <= HELD_BYTES, f"the API held {held / MIB:.0f} MiB for {SLOW} clients"
        ground.say(f"{SLOW} clients cost {held / MIB:.1f} MiB until they were dropped")
    ground.client.cancel(job_id, owner="ann")


def _served(api: psutil.Process) -> set[int]:
    """Return the clients' ports of the connections that the API holds."""
    return {each.raddr.port for each in api.net_connections("tcp") if each.raddr}


# ---- waiting clients


def _waiters(ground: Ground) -> None:
    """Let 200 clients wait for jobs of which nothing is told, and submit meanwhile."""
    door = ground.stack.doors[0]
    waited_for = ground.submit("deaf", 4, seconds=60.0)
    ground.began(waited_for[:2])
    alone = _submits(ground, 60)
    with ground.fault(f"{WAITERS} clients wait"), ExitStack() as stack:
        for each in range(WAITERS):
            job_id = waited_for[each % len(waited_for)]
            path, headers = (f"/jobs/{job_id}", {"Prefer": "wait=45"}) if each % 2 else (f"/jobs/{job_id}/events", {})
            stack.enter_context(closing(_dial(door, path, "ann", headers)))
        ground.sleep(1)
        beside = _submits(ground, 60)
        ratio = median(beside) / median(alone)
        ground.say(
            f"a submit beside {WAITERS} waiting clients: {ratio:.2f} x (p95 {p95(beside) * 1000:.0f} ms, "
            f"alone {p95(alone) * 1000:.0f} ms)"
        )
        assert median(beside) < 0.5 * ground.margin, f"a submit takes {median(beside):.2f} s"
        assert max(beside) < 3 * ground.margin, f"a submit took {max(beside):.2f} s"
    for job_id in waited_for:
        ground.client.cancel(job_id)


def _submits(ground: Ground, count: int) -> list[float]:
    seconds = []
    for _ in range(count):
        body = {"number": ground.rng.getrandbits(40), "seconds": 0.0}
        told = once(ground.stack.doors[0], "POST", "/refused", body)
        assert told.status == 202, told
        ground.book.accept(str(told.body["task_id"]), "refused", "ann", time.time())
        seconds.append(told.seconds)
    return seconds


# ---- between subscribe and read


def _story_of_each(ground: Ground) -> None:
    """Watch many short jobs from just after their submit; each viewer saw what the stream holds, once each."""
    door, count = ground.stack.doors[0], 160
    seeds = [ground.rng.getrandbits(60) for _ in range(count)]
    cut: list[int] = []
    with (
        ground.fault(f"{count} jobs watched from some instant of their short lives, over a doorbell that breaks"),
        every(0.4, lambda: cut.append(_cut_doorbell(ground)) if len(cut) < CUTS else None),
        ThreadPoolExecutor(8) as pool,
    ):
        stories = list(pool.map(partial(_watched, ground, door), seeds))
    torn = sum(story.torn for story in stories)
    for story in stories:
        kept = [event.id for event in ground.jobs.events(story.job_id)]
        assert story.seen == kept, f"{story.job_id}: the viewer saw {story.seen}, the stream holds {kept}"
        late_s = story.ended_at - (ground.job(story.job_id).ended_ms or 0) / 1000
        assert late_s < TOLD_WITHIN_S * ground.margin, (
            f"{story.job_id}: its viewer heard of the end {late_s:.1f} s late"
        )
    ground.say(
        f"{sum(len(story.seen) for story in stories)} events seen, {torn} viewers and {sum(cut)} doorbells cut off"
    )


def _cut_doorbell(ground: Ground) -> int:
    """Break the connection over which the API hears of news; return how many there were."""
    listed = ground.store.run("CLIENT LIST", "TYPE", "pubsub")
    doorbells = [client["id"] for client in listed if client["name"] == CLIENT_NAME]
    for number in doorbells:
        ground.store.run("CLIENT KILL", "ID", number)
    return len(doorbells)


@dataclass(frozen=True)
class Story:
    """What a viewer saw of a job: ids of events. torn: how often it broke the line. ended_at: Unix time, seconds."""

    job_id: str
    seen: list[str]
    torn: int
    ended_at: float


def _watched(ground: Ground, door: str, seed: int) -> Story:
    """Submit a job and watch it to its end."""
    rng = Random(seed)  # noqa: S311 - a choice of moments is no secret
    service = rng.choice(("quick", "steps", "later", "flaky"))
    params = {"number": seed, "seconds": rng.choice((0.0, 0.0, 0.1, 0.3)), "times": 1}
    told = once(door, "POST", f"/{service}", params)
    assert told.status == 202, told
    job_id = str(told.body["task_id"])
    ground.book.accept(job_id, service, "ann", time.time())
    time.sleep(rng.choice((0.0, 0.0, rng.uniform(0, 0.05), rng.uniform(0, 0.3))))
    seen: list[str] = []
    tears = 0
    while True:
        keep = rng.randint(1, 6) if rng.random() < 0.5 else 1_000
        for event_id, name in _events(door, job_id, seen[-1] if seen else None):
            if name == "end":
                return Story(job_id, seen, tears, time.time())
            seen.append(event_id)
            keep -= 1
            if keep == 0:
                break
        tears += 1


@contextmanager
def _stream(door: str, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection(urlsplit(door).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers={"X-API-Key": KEYS["ann"], **headers})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        yield response


def _events(door: str, job_id: str, after: str | None) -> Iterator[tuple[str, str]]:
    """Yield (id, name) of a job's events as one connection brings them."""
    headers = {"Last-Event-ID": after} if after else {}
    with _stream(door, f"/jobs/{job_id}/events", **headers) as response:
        fields: dict[str, Any] = {}
        for line in iter(response.readline, b""):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
                continue
            if "event" in fields:
                json.loads(fields["data"])
                yield fields.get("id", ""), fields["event"]
            fields = {}


ROWS = (
    Row("slow-reader", "clients that never read cost little memory and are dropped in time", _slow_readers),
    Row("waiting-200", "200 waiting clients do not hold up a submit", _waiters),
    Row(
        "subscribe-gap",
        "no viewer misses an event or sees one twice, whenever it comes or comes back",
        _story_of_each,
        short=True,
    ),
)
