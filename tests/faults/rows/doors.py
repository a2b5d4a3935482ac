"""API processes that die, and everything restarted in turn."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Final

import psutil
from tests.faults.proxy import Proxy
from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.stack import Server
from tests.faults.wire import Told, once

from mediamill.core.states import State
from mediamill.testing import eventually

ROUNDS: Final = 8
_JOBS: Final = Habits(clients=3, pause_s=0.3)


# ---- killed between accept and answer


@contextmanager
def _behind(ground: Ground, api: Server) -> Iterator[Proxy]:
    """Put a proxy of its own between one API and the store; the API starts anew for it."""
    plain = api.environ["REDIS_URL"]
    with Proxy(ground.stack.store_port) as proxy:
        api.environ["REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
        api.stop()
        api.start()
        ground.stack.ready()
        try:
            yield proxy
        finally:
            proxy.heal()
            api.environ["REDIS_URL"] = plain


def _unanswered(ground: Ground) -> None:
    """Kill the API when the store has accepted, and the API has not heard of it yet.

    The proxy loses the store's answers; so the API still waits while the record is there to be seen.
    """
    api, door = ground.stack.apis[0], ground.stack.doors[0]
    with _behind(ground, api) as proxy:
        for round_ in range(ROUNDS):
            body: dict[str, object] = {"number": ground.rng.getrandbits(40), "seconds": 0.1}
            key = f"unanswered-{round_}"
            ground.submit(
                "quick", seconds=0.0
            )  # a connection that is open needs no answer before it carries the submit
            with ground.fault("an API that dies between accept and answer"):
                before = set(ground.jobs.all_ids())
                proxy.mute()
                first = _Asking(door, body, key)
                job_id = eventually(partial(_newcomer, ground, before))
                api.kill()
                assert first.told().status == 0, f"the client was answered: {first.told()}"
                killed_at = time.monotonic()
                proxy.heal()
                api.start()
                again = eventually(partial(_accepted, door, body, key), within_s=60)
                ground.recovered(time.monotonic() - killed_at)
                assert again == job_id, f"the repeat with its key made {again} beside {job_id}"
                ground.book.accept(job_id, "quick", "ann", time.time())


def _newcomer(ground: Ground, before: set[str]) -> str:
    (job_id,) = set(ground.jobs.all_ids()) - before
    return job_id


class _Asking:
    """One request in a thread."""

    def __init__(self, door: str, body: dict[str, object], key: str) -> None:
        self._told: list[Told] = []
        self._thread = Thread(target=self._ask, args=(door, body, key), daemon=True)
        self._thread.start()

    def _ask(self, door: str, body: dict[str, object], key: str) -> None:
        self._told.append(once(door, "POST", "/quick", body, idempotency_key=key))

    def told(self) -> Told:
        """Wait for its end."""
        self._thread.join(60)
        return self._told[0]


def _accepted(door: str, body: dict[str, object], key: str) -> str:
    told = once(door, "POST", "/quick", body, idempotency_key=key)
    assert told.status == 202, told
    return str(told.body["task_id"])


# ---- killed at any time


def _killed(ground: Ground) -> None:
    """Kill one of two APIs at random instants; what was accepted with a key stays that job."""
    ground.load.start(_JOBS)
    own = _Keeps(ground)
    for _ in range(ROUNDS):
        ground.sleep(ground.rng.uniform(0.5, 2.0))
        api = ground.rng.choice(ground.stack.apis)
        with ground.fault(f"{api.name} is killed"):
            api.kill()
            ground.sleep(ground.rng.uniform(0, 0.5))
            began = time.monotonic()
            api.start()
            ground.stack.ready()
            ground.recovered(time.monotonic() - began)
    own.stop()
    ground.load.stop()
    other = {key: ground.client.submit("quick", body, key=key) for key, (body, _) in own.accepted.items()}
    changed = {key: (job_id, other[key]) for key, (_, job_id) in own.accepted.items() if other[key] != job_id}
    assert not changed, f"{len(changed)} of {len(other)} keys mean another job now: {list(changed.items())[:3]}"
    ground.say(f"{len(other)} keys asked for again, {ground.load.retried} requests healed by a retry")


class _Keeps:
    """A client that goes on asking, each time with a key of its own, and remembers what it was given."""

    def __init__(self, ground: Ground) -> None:
        self.accepted: dict[str, tuple[dict[str, object], str]] = {}
        self.failed: list[BaseException] = []
        self._client = ground.load.client()
        self._first = ground.rng.getrandbits(40)
        self._end = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            number = self._first
            while not self._end.is_set():
                number += 1
                body: dict[str, object] = {"number": number, "seconds": 0.0}
                key = f"kept-{number}"
                self.accepted[key] = (body, self._client.submit("quick", body, key=key))
                self._end.wait(0.2)
        except BaseException as error:  # noqa: BLE001 - `stop` raises it in the row's thread
            self.failed.append(error)

    def stop(self) -> None:
        """End it. Raises what went wrong."""
        self._end.set()
        self._thread.join()
        for error in self.failed:
            raise error


# ---- restarted in turn


def _rolling(ground: Ground) -> None:
    """Stop every API and every machine as an operator does, one after the other, and start it again."""
    ground.load.start(Habits(clients=3, pause_s=0.5, longest_s=2.0))
    own = _Keeps(ground)
    long = ground.submit("recording", 4, seconds=15.0)  # longer than a machine waits for
    ground.began(long)
    for server in (*ground.stack.apis, *ground.stack.machines):
        with ground.fault(f"{server.name} is restarted"):
            before = [psutil.Process(process.pid) for process in server.tree()]
            server.stop()
            left = [each for each in before if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
            assert not left, f"{server.name} left {left}"
            began = time.monotonic()
            server.start()
            ground.stack.ready()
            ground.recovered(time.monotonic() - began)
            ground.sleep(1)
    own.stop()
    ground.load.stop()
    jobs = [ground.job(job_id) for job_id in ground.book.ids()]
    lost = [job.id for job in jobs if any(attempt.outcome == "lose" for attempt in job.history)]
    assert not lost, f"{len(lost)} jobs lost an attempt although everybody was asked to go: {lost[:5]}"
    for job in ground.finished(long):
        assert (job.state, job.attempt) == (State.SUCCESS, 1), f"{job.id} is {job.state} at attempt {job.attempt}"
    handed = sum(attempt.outcome == "hand_back" for job in jobs for attempt in job.history)
    assert handed > 0, "nothing was handed back"
    ground.say(f"{handed} attempts handed back, {ground.load.retried} requests healed by a retry")


ROWS = (
    Row(
        "api-unanswered",
        "killed between accept and answer: a retry with the key is the same job",
        _unanswered,
        short=True,
    ),
    Row("api-kill", "APIs killed at random: nothing accepted is lost, no key makes two jobs", _killed, Shape(apis=2)),
    Row(
        "rolling-restart",
        "APIs and machines restarted under load: no attempt charged, no request that a retry does not heal",
        _rolling,
        Shape(apis=2, machines=2, slots="interactive=1,cpu=1,default=3,downloads=2,recording=4"),
    ),
)
