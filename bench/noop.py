"""A job that does nothing, through the whole engine and through bare Celery threads: worker CPU per job."""

import uuid_utils
from bench.machine import cpu_s, folder, private_valkey, process, python, ratio, table, until
from bench.noop_worker import SERVICE, Params, bare_app, settings

from mediamill.core.queues import Queue
from mediamill.engine.submit import Ask
from mediamill.store.sweeps import Sweeps
from mediamill.wiring import House, open_house

BATCH = 1_000
PAIRS = 5
PREFIX = "b:"


def main() -> str:
    """Return the table."""
    with (
        folder() as path,
        private_valkey(path) as url,
        process(*python("bench.noop_worker", "engine", url, PREFIX, str(path))) as ours,
        process(*python("bench.noop_worker", "celery", url, PREFIX)) as theirs,
    ):
        house = open_house(settings(url, PREFIX, str(path)))
        bare = bare_app(url, PREFIX)
        engine_us, celery_us = [], []
        for _ in range(PAIRS + 1):  # the first round warms up
            celery_us.append(_celery(bare, theirs.pid, house))
            engine_us.append(_engine(house, ours.pid))
        pairs = list(zip(engine_us[1:], celery_us[1:], strict=True))
        bytes_waiting, bytes_done, commands = _store_cost(house)
    return table(
        f"A no-op job, worker CPU ({PAIRS} interleaved batches of {BATCH})",
        [
            ["what", "us per job (median)", "ratio", "target"],
            ["Celery threads, bare", f"{sorted(celery_us[1:])[PAIRS // 2]:.0f}", "1.00", ""],
            ["mediamill, whole engine", f"{sorted(engine_us[1:])[PAIRS // 2]:.0f}", f"{ratio(pairs):.2f}", "<= 1.5"],
        ],
    ) + table(
        "The store's share of a no-op job",
        [
            ["what", "measured"],
            ["Valkey bytes per waiting job", f"{bytes_waiting:.0f}"],
            ["Valkey bytes per finished job", f"{bytes_done:.0f}"],
            ["commands sent to Valkey per job, submit to success", f"{commands:.1f}"],
        ],
    )


def _engine(house: House, pid: int) -> float:
    before = cpu_s(pid)
    last = ""
    for _ in range(BATCH):
        last = house.submitter.submit(Ask(service=SERVICE, params=Params(), owner="bench", force=True)).id
    done = house.scripts.keys("ages", "default")
    until(
        lambda: (
            house.scripts.client.run("ZCARD", done) == 0
            and house.scripts.client.run("ZCARD", house.scripts.keys("leases")) == 0
        )
    )
    assert house.jobs.get(last) is not None
    return (cpu_s(pid) - before) / BATCH * 1e6


def _idle(house: House) -> bool:
    keys, run = house.scripts.keys, house.scripts.client.run
    return not run("ZCARD", keys("ages", "default")) and not run("ZCARD", keys("leases"))


def _celery(app: object, pid: int, house: House) -> float:
    before = cpu_s(pid)
    for number in range(BATCH):
        app.send_task("noop", args=[number], queue="bare")  # type: ignore[attr-defined]
    until(lambda: house.scripts.client.run("LLEN", f"{PREFIX}bare:bare") == 0)
    return (cpu_s(pid) - before) / BATCH * 1e6


def _store_cost(house: House) -> tuple[float, float, float]:
    """Return bytes per waiting and per finished job, and commands per job, counted by the server."""
    run = house.scripts.client.run
    run("SADD", house.scripts.keys("paused"), "default")
    prefix = f"cost-{uuid_utils.uuid7()}"
    start = run("INFO", "memory")["used_memory"]
    for _ in range(BATCH):
        house.submitter.submit(Ask(service=SERVICE, params=Params(), owner=prefix, force=True))
    waiting = (run("INFO", "memory")["used_memory"] - start) / BATCH
    calls = run("INFO", "stats")["total_commands_processed"]
    run("SREM", house.scripts.keys("paused"), "default")
    while Sweeps(house.scripts).top_up(Queue.DEFAULT):
        pass
    until(
        lambda: (
            run("ZCARD", house.scripts.keys("ages", "default")) == 0 and run("ZCARD", house.scripts.keys("leases")) == 0
        )
    )
    commands = (run("INFO", "stats")["total_commands_processed"] - calls) / BATCH
    done = (run("INFO", "memory")["used_memory"] - start) / BATCH
    return waiting, done, commands


if __name__ == "__main__":
    print(main())
