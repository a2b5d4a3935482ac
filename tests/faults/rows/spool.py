"""The store is away and requests go on: what the spool took is handed on once, in order, whoever dies meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import pairwise
from threading import Event, Thread
from typing import Final, Self

import psutil
from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.stack import Server
from tests.faults.wire import Told, once

from mediamill.core.states import State
from mediamill.testing import eventually

ANSWERS_WITHIN_S: Final = 4.0
#: One slot, so that jobs begin in the order in which they wait.
_SHAPE: Final = Shape(apis=2, slots="interactive=1,cpu=2,default=4,downloads=3,recording=4")
CLIENTS: Final = 6
KEPT: Final = 1_500
KILLS: Final = 12


def _ready(door: str) -> str:
    told = once(door, "GET", "/ready", within_s=10)
    return str(told.body.get("status", told.status)) if isinstance(told.body, dict) else str(told.status)


def _degraded(ground: Ground) -> bool:
    return all(_ready(door) == "degraded" for door in ground.stack.doors)


def _ask(ground: Ground, door: str, number: int) -> Told:
    """Submit once; it is accepted, in time."""
    body = {"number": number, "seconds": 0.0}
    told = once(door, "POST", "/quick", body, owner="bob", idempotency_key=f"spooled-{number}")
    assert told.status == 202, told
    assert told.seconds <= ANSWERS_WITHIN_S * ground.margin, told
    ground.book.accept(str(told.body["task_id"]), "quick", "bob", time.time())
    return told


def _in_order(ground: Ground, lines: list[list[str]]) -> None:
    """Each client's jobs began in the order in which it asked for them."""
    first: dict[str, float] = {}
    for place, run in enumerate(ground.stack.journal.runs()):
        first.setdefault(run.job_id, place)
    for line in lines:
        began = [first[job_id] for job_id in line]
        assert began == sorted(began), f"{sum(a > b for a, b in pairwise(began))} out of order"


def _handed_on(ground: Ground, lines: list[list[str]]) -> None:
    """Wait until the spool is empty; then the store has every job."""
    eventually(lambda: _waiting(ground) == 0, within_s=30 * ground.margin)
    asked = [job_id for line in lines for job_id in line]
    missing = set(asked) - {job.id for job in ground.jobs.get_many(asked)}
    assert not missing, f"{len(missing)} of {len(asked)} accepted requests never reached the store"


# ---- an outage


def _outage(ground: Ground) -> None:
    """Kill Valkey for 10 s while clients go on through both APIs."""
    assert ground.stack.valkey is not None
    ground.load.start(Habits(clients=2, pause_s=0.5))
    for _ in range(2):
        ground.sleep(3)
        numbers = iter(range(ground.rng.getrandbits(40), 2**62))
        with ground.fault("Valkey is killed, and away for 10 s"):
            ground.stack.valkey.kill()
            eventually(partial(_degraded, ground), within_s=5 * ground.margin)
            began = time.monotonic()
            told: list[Told] = []
            while time.monotonic() - began < 9:
                told.append(_ask(ground, ground.stack.doors[len(told) % 2], next(numbers)))
                ground.sleep(0.1)
            line = [str(each.body["task_id"]) for each in told]
            assert all(each.body.get("accepted_via") == "spool" for each in told), "not all are said to be in the spool"
            seen = once(ground.stack.doors[0], "GET", f"/jobs/{line[0]}", owner="bob")
            assert (seen.status, seen.body["status"]) == (200, "PENDING"), seen
            assert once(ground.stack.doors[0], "GET", f"/jobs/{line[0]}", owner="ann").status == 404
            back_at = time.monotonic()
            ground.stack.start_store()
            _handed_on(ground, [line])
            for job in ground.finished(line, 60):
                assert job.state is State.SUCCESS
            ground.recovered(time.monotonic() - back_at)
            _in_order(ground, [line])
            again = {_ask(ground, ground.stack.doors[0], number).body["task_id"] for number in _numbers(ground, line)}
            assert again == set(line), "a repeat with its key is another job"
    ground.say(f"{len(line)} taken by the spool, the slowest answer {max(each.seconds for each in told):.2f} s")


def _numbers(ground: Ground, line: list[str]) -> list[int]:
    return [int(str(ground.job(job_id).params["number"])) for job_id in line]


# ---- the drainer killed


def _drained(ground: Ground) -> None:
    """Fill the spool, bring Valkey back, and kill whoever hands it on, again and again."""
    assert ground.stack.valkey is not None
    ground.stack.valkey.kill()
    eventually(partial(_degraded, ground), within_s=5 * ground.margin)
    first = ground.rng.getrandbits(40)
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        lines = list(pool.map(partial(_client, ground, first), range(CLIENTS)))
    took_s = time.monotonic() - began
    total = sum(len(line) for line in lines)
    ground.say(f"{total} accepted at {total / took_s:.0f}/s")

    ground.stack.start_store()
    kills = 0
    back_at = time.monotonic()
    with _Kept(ground.stack.apis) as kept:
        while kills < KILLS and _waiting(ground) > 0:
            with suppress(AssertionError):
                drainer = eventually(partial(_drainer, ground), within_s=3)
                ground.sleep(ground.rng.uniform(0.0, 0.25))
                with ground.fault("the process that hands on is killed"):
                    drainer.kill()
                kills += 1
        assert not kept.failed, kept.failed
    ground.stack.ready()
    _handed_on(ground, lines)
    for job in ground.finished([job_id for line in lines for job_id in line], 180):
        assert job.state is State.SUCCESS
    ground.recovered(time.monotonic() - back_at)
    _in_order(ground, lines)
    assert kills > 0, "nobody was killed in the middle"
    ground.say(f"{kills} drainers killed")


def _client(ground: Ground, first: int, number: int) -> list[str]:
    door = ground.stack.doors[number % 2]
    share = range(first + number * KEPT, first + number * KEPT + KEPT // CLIENTS)
    return [str(_ask(ground, door, each).body["task_id"]) for each in share]


def _drainer(ground: Ground) -> Server:
    """Return the API process that holds the drainer's lock: the others close it again."""
    lock = str(ground.stack.data / "spool/drainer")
    for api in ground.stack.apis:
        with suppress(psutil.Error):
            if api.alive and any(file.path == lock for file in psutil.Process(api.pid).open_files()):
                return api
    raise AssertionError("nobody hands on")


def _waiting(ground: Ground) -> int:
    """Return how many requests wait in the spool; 1 when nobody can say."""
    for door in ground.stack.doors:
        told = once(door, "GET", "/ready", within_s=5)
        if isinstance(told.body, dict) and "spool" in told.body:
            return int(told.body["spool"]["waiting"])
    return 1


class _Kept:
    """Starts servers again whenever they end, until the block is left."""

    def __init__(self, servers: list[Server]) -> None:
        self._servers = servers
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.failed: list[BaseException] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(0.1):
                self._start()
            self._start()
        except BaseException as error:  # noqa: BLE001 - the row asks for it
            self.failed.append(error)

    def _start(self) -> None:
        for server in self._servers:
            if not server.alive:
                server.start()


ROWS = (
    Row(
        "spool-outage",
        "10 s without Valkey: every request is accepted, handed on once and in order",
        _outage,
        _SHAPE,
        short=True,
    ),
    Row(
        "spool-drainer",
        "whoever hands the spool on is killed again and again: 0 lost, 0 doubled, in order",
        _drained,
        _SHAPE,
    ),
)
