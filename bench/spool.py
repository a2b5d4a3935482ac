"""The spool: requests accepted while the store is away, beside what the disk can sync, and handed on afterwards."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.machine import folder, private_valkey, table
from cryptography.fernet import Fernet

from mediamill.broker.tickets import template
from mediamill.core.queues import Queue
from mediamill.engine.replay import Replayer
from mediamill.engine.stash import Stash
from mediamill.engine.vault import Vault
from mediamill.settings import RedisSettings, SecretSettings, SpoolSettings
from mediamill.store.jobs import Jobs, Request
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.store.spool import Spool

RUNS = 3
ACCEPTED = 4_000
REPLAYED = 10_000
THREADS = (1, 8)
TEXT = "Xin chào các bạn. " * 28  # about 500 characters
BLOCK = b"x" * 4096

_REQUEST = Request(
    id="",
    service="noop",
    owner="bench",
    queue=Queue.DEFAULT,
    params={"text": TEXT},
    uploads={},
    request_hash="h",
    time_limit_s=60,
)


def main() -> str:
    """Return the tables."""
    with folder() as path, private_valkey(path) as url:
        rates = {threads: median(_accepts(path, threads) for _ in range(RUNS)) for threads in THREADS}
        synced = median(_syncs(path) for _ in range(RUNS))
        replays = [_replay(path, url, number) for number in range(RUNS)]
    rows = [
        [f"{threads} thread{'s' * (threads > 1)}", f"{rate:.0f}", f"{synced:.0f}", ">= 1,000"]
        for threads, rate in rates.items()
    ]
    return table(
        f"Requests accepted into the spool ({ACCEPTED:,} of 500 characters, encrypted, each synced; median of {RUNS})",
        [["", "accepted/s", "4 KiB written and synced/s, one file", "target"], *rows],
    ) + table(
        f"Handed on to Valkey ({REPLAYED:,} requests; median of {RUNS})",
        [["", "s", "requests/s", "target"], ["one drainer", f"{median(replays):.1f}", _rate(replays), "<= 15 s"]],
    )


def _stash(path: Path) -> Stash:
    return Stash(Spool(SpoolSettings(path)), Vault(SecretSettings((Fernet.generate_key().decode(),))))


def _accept(stash: Stash, number: int) -> None:
    stash.accept(replace(_REQUEST, id=f"{number:08d}", dedupe_key=f"{number}"))


def _accepts(path: Path, threads: int) -> float:
    """Return requests accepted per second by so many threads of one process."""
    stash = _stash(path / f"accepts-{threads}-{time.monotonic_ns()}")
    _accept(stash, ACCEPTED)  # makes the file

    def work(first: int) -> None:
        for number in range(first, ACCEPTED, threads):
            _accept(stash, number)

    with ThreadPoolExecutor(threads) as pool:
        took_s = _timed(lambda: list(pool.map(work, range(threads))))
    stash.spool.close()
    return ACCEPTED / took_s


def _syncs(path: Path) -> float:
    """Return how often per second this disk takes a block that is then synced: what no accept can pass alone."""
    with (path / "syncs").open("wb", buffering=0) as file:

        def work() -> None:
            for _ in range(ACCEPTED // 4):
                file.write(BLOCK)
                os.fdatasync(file.fileno())

        return ACCEPTED // 4 / _timed(work)


def _replay(path: Path, url: str, run: int) -> float:
    """Return the seconds in which 10,000 requests are jobs."""
    client = connect(RedisSettings(url=url))
    jobs = Jobs(Scripts(client, Keys(f"replay{run}:"), template()))
    stash = _stash(path / f"replay-{run}")
    for number in range(REPLAYED):
        _accept(stash, number)
    replayer = Replayer(stash, jobs)

    def drain() -> None:
        while replayer.round():
            pass

    took_s = _timed(drain)
    assert sum(1 for _ in jobs.all_ids()) == REPLAYED
    stash.spool.close()
    client.close()
    return took_s


def _rate(seconds: list[float]) -> str:
    return f"{REPLAYED / median(seconds):.0f}"


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(main())
