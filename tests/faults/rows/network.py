"""The network between servers and Valkey: slow, half-open, reset, away."""

import time
from collections.abc import Callable
from typing import Final

from tests.faults.line import Line
from tests.faults.often import every
from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.wire import Told, once, p95

from mediamill.core.states import State

#: No answer of the API may take longer while the store is away, seconds: its time-out is 1, and a probe may need two.
ANSWERS_WITHIN_S: Final = 4.0
_JOBS: Final = Habits(clients=2, pause_s=0.5)


def submits(ground: Ground, count: int, *, fine: tuple[int, ...]) -> list[Told]:
    """Submit and ask once each, without trying again; every answer is one of `fine`, and comes in time."""
    door, told = ground.stack.doors[0], []
    for _ in range(count):
        number = ground.rng.getrandbits(40)
        key = f"probe-{number}"
        told.append(once(door, "POST", "/quick", {"number": number, "seconds": 0}, idempotency_key=key))
        if told[-1].status == 202:
            ground.book.accept(str(told[-1].body["task_id"]), "quick", "ann", time.time())
    wrong = [f"{each.status} {each.body}" for each in told if each.status not in fine]
    assert not wrong, f"of {count} submits {len(wrong)} were answered otherwise than {fine}: {wrong[0]}"
    slowest_s = max(each.seconds for each in told)
    assert slowest_s <= ANSWERS_WITHIN_S * ground.margin, f"a submit took {slowest_s:.1f} s"
    return told


def back(ground: Ground, within_s: float) -> float:
    """Wait until the API is ready and a job that is asked for now has run; return how long that took."""
    began = time.monotonic()
    ground.stack.ready(within_s * ground.margin)
    ground.finished(ground.submit("quick", seconds=0.0), within_s)
    took_s = time.monotonic() - began
    ground.recovered(took_s)
    return took_s


def no_attempt_lost(ground: Ground) -> None:
    """Of all jobs so far, no attempt lost its lease."""
    jobs = [ground.jobs.get(job_id) for job_id in ground.book.ids()]
    lost = [job.id for job in jobs if job is not None and any(each.outcome == "lose" for each in job.history)]
    assert not lost, f"{len(lost)} jobs lost an attempt: {lost[:5]}"


# ---- slow


def _latency(line: Line) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        ground.load.start(_JOBS)
        calm = submits(ground, 10, fine=(202,))
        for round_trip_s, fine in ((0.5, (202,)), (1.2, (202, 503))):
            with ground.fault(f"a round trip of {round_trip_s} s"):
                line.proxy.delay(round_trip_s / 2)
                slow = submits(ground, 10, fine=fine)
                ground.sleep(3)
                line.proxy.heal()
                ground.say(f"submit p95 at {round_trip_s:g} s: {p95([each.seconds for each in slow]):.2f} s")
                back(ground, 20)
        ground.say(f"calm: {p95([each.seconds for each in calm]):.3f} s")
        no_attempt_lost(ground)

    return run


# ---- half open


def _half_open(line: Line) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        ground.load.start(_JOBS)
        for round_ in range(2):
            answers = round_ % 2 == 0
            ground.sleep(ground.rng.uniform(1, 3))
            with ground.fault(f"{'answers' if answers else 'requests'} of all connections are lost"):
                assert line.proxy.half_open(answers=answers) > 0
                # The first ones meet the dead connections; each is given up after one time-out.
                submits(ground, 6, fine=(202, 503))
                back(ground, 60)

    return run


# ---- broken


def _resets(line: Line) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        ground.load.start(_JOBS)
        broken: list[int] = []
        with ground.fault("all connections are reset every second"):
            with every(1.0, lambda: broken.append(line.proxy.reset())):
                ground.sleep(20)
                submits(ground, 10, fine=(202, 503))
            back(ground, 20)
        ground.say(f"{len(broken)} times, {sum(broken)} connections")
        no_attempt_lost(ground)

    return run


# ---- away


def _partition(line: Line) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        running = ground.submit("recording", 3, seconds=25.0)
        ground.began(running)
        ground.load.start(_JOBS)
        with ground.fault("nothing passes for 15 s"):
            line.proxy.blackhole()
            told = submits(ground, 3, fine=(202, 503))
            began = time.monotonic()
            while time.monotonic() - began < 12:
                told += submits(ground, 1, fine=(202, 503))
                ground.sleep(0.2)
            line.proxy.heal()
            back(ground, 30)
            for job in ground.finished(running, 60):
                assert job.state is State.SUCCESS
                assert job.attempt == 1, f"{job.id} needed {job.attempt} attempts"
        ground.say(f"longest answer {max(each.seconds for each in told):.1f} s")
        no_attempt_lost(ground)

    return run


def _row(name: str, holds: str, make: Callable[[Line], Callable[[Ground], None]], *, short: bool = False) -> Row:
    line = Line()
    return Row(name, holds, make(line), shape=Shape(before_store=line), short=short)


ROWS = (
    _row("latency", "500 ms to the store cost time and nothing else; the API's answers are bounded", _latency),
    _row("half-open", "connections that say nothing any more are given up; nothing is lost", _half_open),
    _row("resets", "connections that break every second lose nothing", _resets, short=True),
    _row("partition", "15 s without the store lose no lease and no job; the API's answers are bounded", _partition),
)
