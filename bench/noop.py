"""A job that does nothing, through the whole engine and through bare Celery threads: worker CPU per job."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from threading import Thread

from bench.machine import cpu_s, folder, private_valkey, process, python, ratio, table, tree, until
from bench.noop_worker import bare_app, settings
from bench.services import NOOP, Params
from celery import Celery
from redis import Redis

from mediamill.engine.submit import Ask
from mediamill.wiring import House, open_house

BATCH = 1_000
COUNTED = 300  # jobs whose commands are counted, one by one
PAIRS = 5
SINGLES = 200  # jobs of a batch that are submitted one after another
PREFIX = "b:"
_UNACKED = ("unacked", "unacked_index")
_COUNT_ENDS = "the count ends here"


def main() -> str:
    """Return the tables."""
    with (
        folder() as path,
        private_valkey(path) as url,
        process(*python("bench.noop_worker", "engine", url, PREFIX, str(path))) as ours,
    ):
        house = open_house(settings(url, PREFIX, str(path)))
        with process(*python("bench.noop_worker", "celery", url, PREFIX)) as theirs:
            bare = bare_app(url, PREFIX)
            sides = (
                (ours.pid, lambda jobs: _submit(house, jobs), lambda: _idle(house)),
                (theirs.pid, lambda tasks: _send(bare, tasks), lambda: _taken(house)),
            )
            backlog, singly = (
                [(_per_job_us(*sides[0], jobs), _per_job_us(*sides[1], jobs)) for _ in range(PAIRS + 1)][1:]
                for jobs in (BATCH, 1)
            )
            by_celery = _commands(lambda: _send(bare, COUNTED), lambda: _taken(house), url, theirs.pid)
        bytes_waiting, bytes_done = _bytes(house, ours.pid)
        by_submit, by_worker = _commands(lambda: _submit(house, COUNTED), lambda: _idle(house), url, ours.pid)
    named = ((f"a backlog of {BATCH:,}", backlog), ("one after another", singly))
    return table(
        f"A no-op job, worker CPU ({PAIRS} interleaved batches)",
        [["", "mediamill us per job", "bare Celery threads us", "ratio", "target"], *(_row(*each) for each in named)],
    ) + table(
        "The store's share of a no-op job",
        [
            ["", "per job", ""],
            ["Valkey memory of a waiting job, bytes", f"{bytes_waiting:.0f}", ""],
            ["Valkey memory of a finished job, bytes", f"{bytes_done:.0f}", ""],
            ["commands that a submit sends", *_told(by_submit)],
            ["commands that bare Celery's submit sends", *_told(by_celery[0])],
            ["commands that the worker sends", *_told(by_worker)],
            ["commands that bare Celery's worker sends", *_told(by_celery[1])],
        ],
    )


def _submit(house: House, jobs: int) -> None:
    for _ in range(jobs):
        house.submitter.submit(Ask(service=NOOP, params=Params(), owner="bench", force=True))


def _idle(house: House) -> bool:
    """Whether every job is done, and every ticket taken and forgotten."""
    keys = house.scripts.keys
    ours = (keys("ages", "default"), keys("leases"), keys("tickets", "default"))
    return not house.scripts.client.run("EXISTS", *ours, *(f"{keys.broker_prefix}{key}" for key in _UNACKED))


def _per_job_us(pid: int, submit: Callable[[int], None], done: Callable[[], bool], at_once: int) -> float:
    """Return a worker's CPU per job, us; `at_once` jobs are submitted, then the next when those are done."""
    jobs = max(at_once, SINGLES)
    before = cpu_s(pid)
    for _ in range(jobs // at_once):
        submit(at_once)
        until(done, pause_s=0.001)
    return (cpu_s(pid) - before) / jobs * 1e6


def _row(name: str, pairs: list[tuple[float, float]]) -> list[str]:
    ours, theirs = (f"{median(pair[side] for pair in pairs):.0f}" for side in (0, 1))
    return [name, ours, theirs, f"{ratio(pairs):.2f}", "<= 1.5"]


def _send(app: Celery, tasks: int) -> None:
    for number in range(tasks):
        app.send_task("noop", args=[number], queue="bare")


def _taken(house: House) -> bool:
    """Whether Celery has taken every task, and forgotten that it had."""
    return not house.scripts.client.run("EXISTS", *(f"{PREFIX}bare:{key}" for key in ("bare", *_UNACKED)))


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """Hold the worker still, so that jobs wait."""
    for member in tree(pid):
        member.suspend()
    try:
        yield
    finally:
        for member in tree(pid):
            member.resume()


def _bytes(house: House, pid: int) -> tuple[float, float]:
    """Return the store's memory per waiting and per finished job, bytes."""

    def used() -> float:
        return float(house.scripts.client.run("INFO", "memory")["used_memory"])

    with _stopped(pid):
        start = used()
        _submit(house, BATCH)
        waiting = used() - start
    until(lambda: _idle(house))
    return waiting / BATCH, (used() - start) / BATCH


def _commands(
    submit: Callable[[], None], done: Callable[[], bool], url: str, pid: int
) -> tuple[Counter[str], Counter[str]]:
    """Return the commands that clients sent, by name: for COUNTED submits, then for the worker to run them."""
    with ExitStack() as counting:
        with _stopped(pid):
            with _monitored(url) as by_submit:
                submit()
            by_worker = counting.enter_context(_monitored(url))
        until(done)
    del by_worker["EXISTS"]  # our own: how we see that it is done
    return by_submit, by_worker


@contextmanager
def _monitored(url: str) -> Iterator[Counter[str]]:
    """Count what every client sends, but not what scripts call."""
    counter: Counter[str] = Counter()
    redis = Redis.from_url(url, decode_responses=True)
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]

        def count() -> None:
            for seen in monitor.listen():
                if _COUNT_ENDS in seen["command"]:
                    return
                if seen["client_type"] != "lua":
                    counter[seen["command"].split(maxsplit=1)[0].upper()] += 1

        counting = Thread(target=count)
        counting.start()
        yield counter
        redis.echo(_COUNT_ENDS)
        counting.join()


def _told(commands: Counter[str]) -> tuple[str, str]:
    """Return how many there are per job, and which."""
    named = ", ".join(
        f"{name} {number / COUNTED:.1f}" for name, number in commands.most_common() if number >= COUNTED / 20
    )
    return f"{commands.total() / COUNTED:.1f}", named


if __name__ == "__main__":
    print(main())
