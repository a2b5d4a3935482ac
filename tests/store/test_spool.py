"""The spool: real SQLite files, processes that are killed while they write, disks that refuse."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mediamill.core.errors import Unavailable
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.settings import SpoolSettings
from mediamill.store.spool import Entry, Kept, Level, Spool
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
DAY_S = 86_400.0


class Watch:
    """A wall clock that a test sets."""

    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def settings(tmp_path: Path) -> SpoolSettings:
    return SpoolSettings(tmp_path / "data" / "spool")


@pytest.fixture
def spool(settings: SpoolSettings, watch: Watch) -> Iterator[Spool]:
    opened = Spool(settings, now=watch)
    yield opened
    opened.close()


def entry(job_id: str, **changes: object) -> Entry:
    plain = Entry(job_id, "ann", "shout", Queue.CPU, f"dedupe-{job_id}", f"hash-{job_id}", b"sealed", 0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def put(spool: Spool, job_id: str, **changes: object) -> str:
    return spool.accept(entry(job_id, **changes))[0]


def waiting(spool: Spool) -> list[str]:
    return [kept.id for kept in spool.oldest(1_000, 2**30)]


def kept(spool: Spool, job_id: str) -> Kept:
    found = spool.get(job_id)
    assert found is not None
    return found


# ---- accepting


def test_what_was_accepted_is_there_in_the_order_of_acceptance(spool: Spool, watch: Watch) -> None:
    for number in range(5):
        assert put(spool, f"job-{9 - number}", payload=b"%d" % number, priority=number) == "new"
        watch.now_s += 1
    assert waiting(spool) == ["job-9", "job-8", "job-7", "job-6", "job-5"]
    found = kept(spool, "job-8")
    assert (found.payload, found.priority, found.owner, found.service) == (b"1", 1, "ann", "shout")
    assert (found.accepted_ms, found.state, found.refused) == (1_800_000_001_000, State.PENDING, None)
    assert spool.get("job-1") is None


def test_a_spool_nobody_needed_leaves_no_file(spool: Spool, settings: SpoolSettings) -> None:
    assert (spool.get("a"), spool.cancel("a"), spool.prioritise("a", 1), spool.refusals()) == (None, None, None, [])
    assert spool.level() == Level(0, 0, 0, 0.0)
    assert not spool.exists
    assert not settings.folder.exists()


def test_only_this_user_may_look_into_its_folder(spool: Spool, settings: SpoolSettings) -> None:
    put(spool, "a")
    assert settings.folder.stat().st_mode & 0o777 == 0o700


def test_it_is_all_there_when_it_is_opened_again(spool: Spool, settings: SpoolSettings) -> None:
    put(spool, "a")
    spool.close()
    again = Spool(settings)
    assert (waiting(again), put(again, "a")) == (["a"], "replay")
    again.close()


def test_the_same_id_is_a_replay_or_a_reused_key(spool: Spool) -> None:
    put(spool, "a")
    assert put(spool, "a", payload=b"sealed again") == "replay"
    assert put(spool, "a", request_hash="other") == "reused"
    assert (waiting(spool), kept(spool, "a").payload) == (["a"], b"sealed")


def test_the_same_request_joins_and_keeps_the_better_priority(spool: Spool) -> None:
    put(spool, "a", dedupe_key="d", priority=2)
    outcome, twin = spool.accept(entry("b", dedupe_key="d", priority=1))
    assert (outcome, twin and twin.id, kept(spool, "a").priority) == ("alive", "a", 2)
    assert kept(spool, "a").version == 0
    assert put(spool, "c", dedupe_key="d", priority=7) == "alive"
    assert (waiting(spool), kept(spool, "a").priority) == (["a"], 7)


def test_what_is_forced_or_anothers_or_cancelled_or_refused_is_not_joined(spool: Spool) -> None:
    put(spool, "a", dedupe_key="d")
    assert put(spool, "b", dedupe_key=None) == "new"
    assert put(spool, "c", dedupe_key="d", owner="bob") == "new"
    spool.cancel("a")
    assert put(spool, "e", dedupe_key="d") == "new"
    spool.refuse(kept(spool, "e"), "why not")
    assert put(spool, "f", dedupe_key="d") == "new"


def test_the_time_of_acceptance_never_runs_backwards(spool: Spool, watch: Watch) -> None:
    put(spool, "a")
    watch.now_s -= 3_600
    put(spool, "b")
    assert kept(spool, "b").accepted_ms == kept(spool, "a").accepted_ms
    assert spool.level().oldest_age_s == 0.0


# ---- limits


def test_a_spool_that_is_full_of_requests_takes_no_more_until_some_went(settings: SpoolSettings) -> None:
    spool = Spool(replace(settings, requests=2))
    put(spool, "a")
    put(spool, "b")
    for refused in (lambda: put(spool, "c"), spool.check_takes):
        with pytest.raises(Unavailable, match="2 requests wait"):
            refused()
    assert put(spool, "a") == "replay"
    spool.drop([kept(spool, "a")])
    assert (put(spool, "c"), waiting(spool)) == ("new", ["b", "c"])
    spool.close()


def test_a_spool_that_is_full_of_bytes_takes_what_still_fits(settings: SpoolSettings) -> None:
    spool = Spool(replace(settings, size_bytes=100))
    put(spool, "a", payload=b"x" * 60)
    with pytest.raises(Unavailable, match="100 bytes"):
        put(spool, "b", payload=b"x" * 41)
    assert put(spool, "c", payload=b"x" * 40) == "new"
    spool.check_takes()
    spool.drop([kept(spool, "a"), kept(spool, "c")])
    assert spool.level() == Level(0, 0, 0, 0.0)
    spool.close()


def test_a_spool_whose_oldest_request_is_too_old_takes_no_more_and_keeps_all(spool: Spool, watch: Watch) -> None:
    put(spool, "a")
    watch.now_s += 60
    put(spool, "b")
    watch.now_s += DAY_S - 60
    put(spool, "c")
    assert spool.level() == Level(3, 0, 18, DAY_S)
    watch.now_s += 1
    with pytest.raises(Unavailable, match="86400 s"):
        put(spool, "d")
    assert waiting(spool) == ["a", "b", "c"]
    spool.refuse(kept(spool, "a"), "spoilt")  # what is set aside may grow old
    assert put(spool, "d") == "new"


# ---- while it waits, and going


def test_a_change_is_not_lost_to_a_replay_that_is_under_way(spool: Spool) -> None:
    put(spool, "a")
    put(spool, "b")
    put(spool, "c")
    under_way = spool.oldest(10, 2**20)
    assert (before := spool.cancel("a")) is not None
    assert before.state is State.PENDING
    spool.prioritise("b", 4)
    assert spool.drop(under_way) == 1
    assert waiting(spool) == ["a", "b"]
    assert (kept(spool, "a").state, kept(spool, "b").priority) == (State.REVOKED, 4)
    assert spool.drop(spool.oldest(10, 2**20)) == 2


def test_a_cancelled_request_stays_as_it_is(spool: Spool, watch: Watch) -> None:
    put(spool, "a")
    spool.cancel("a")
    watch.now_s += 9
    again, moved = spool.cancel("a"), spool.prioritise("a", 5)
    assert again == moved == kept(spool, "a")
    assert (again and again.cancelled_ms, again and again.version) == (1_800_000_000_000, 1)


def test_what_is_refused_is_set_aside_with_the_reason_and_tried_again_in_its_place(spool: Spool) -> None:
    for job_id in ("a", "b", "c"):
        put(spool, job_id)
    spool.refuse(kept(spool, "b"), "WRONGTYPE")
    assert (waiting(spool), spool.refusals()) == (["a", "c"], [("b", "WRONGTYPE")])
    assert (spool.level().waiting, spool.level().refused) == (2, 1)
    assert spool.readmit() == 1
    assert (waiting(spool), spool.refusals(), spool.readmit()) == (["a", "b", "c"], [], 0)


def test_a_batch_has_some_rows_and_some_bytes_and_one_row_at_least(spool: Spool) -> None:
    for job_id in ("a", "b", "c"):
        put(spool, job_id, payload=b"x" * 100)
    assert [each.id for each in spool.oldest(2, 2**20)] == ["a", "b"]
    assert [each.id for each in spool.oldest(9, 250)] == ["a", "b"]
    assert [each.id for each in spool.oldest(9, 1)] == ["a"]


def test_an_empty_spool_gives_the_disk_back(spool: Spool, settings: SpoolSettings) -> None:
    for number in range(10):
        put(spool, f"{number}", payload=os.urandom(1_000_000))
    spool.compact()
    full = (settings.folder / "spool.db").stat().st_size
    spool.drop(spool.oldest(100, 2**30))
    spool.compact()
    assert full > 10_000_000
    assert sum(path.stat().st_size for path in settings.folder.iterdir()) < 1_000_000


# ---- disks and files that refuse


def test_a_full_disk_is_unavailable_and_what_was_accepted_stays(spool: Spool) -> None:
    put(spool, "a")
    assert spool._file.connection is not None
    spool._file.connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(Unavailable, match="full"):
        put(spool, "b", payload=b"x" * 200_000)
    assert waiting(spool) == ["a"]
    assert put(spool, "b", payload=b"x" * 200_000) == "new"


def test_a_folder_that_cannot_be_made_is_unavailable_until_it_can(spool: Spool, settings: SpoolSettings) -> None:
    settings.folder.parent.write_text("in the way")
    for refused in (lambda: put(spool, "a"), spool.check_takes):
        with pytest.raises(Unavailable, match="cannot be kept"):
            refused()
    settings.folder.parent.unlink()
    assert put(spool, "a") == "new"


def test_a_file_that_is_no_spool_is_unavailable_and_left_as_it_is(spool: Spool, settings: SpoolSettings) -> None:
    settings.folder.mkdir(parents=True)
    path = settings.folder / "spool.db"
    path.write_bytes(content := b"this is no database" * 100)
    for refused in (lambda: put(spool, "a"), lambda: spool.get("a"), spool.level):
        with pytest.raises(Unavailable, match="not a database"):
            refused()
    assert path.read_bytes() == content


def test_a_spool_of_a_later_version_is_left_alone(spool: Spool, settings: SpoolSettings) -> None:
    put(spool, "a")
    spool.close()
    with sqlite3.connect(settings.folder / "spool.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Unavailable, match="version 99"):
        spool.get("a")


def test_a_writer_who_waits_too_long_for_another_is_told_so(spool: Spool, settings: SpoolSettings) -> None:
    put(spool, "a")
    other = sqlite3.connect(settings.folder / "spool.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        put(spool, "b")
    assert waiting(spool) == ["a"]  # reading waits for nobody
    other.close()
    assert put(spool, "b") == "new"


# ---- many at once, and killed


def test_many_threads_lose_nothing_and_name_one_for_each_request(spool: Spool) -> None:
    outcomes: list[str] = []

    def work(thread: int) -> None:
        outcomes.extend(put(spool, f"{thread}-{number}", dedupe_key=f"d{number}") for number in range(20))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["alive"] * 140 + ["new"] * 20
    assert len(waiting(spool)) == 20


def test_threads_that_come_together_share_the_disks_sync(spool: Spool) -> None:
    put(spool, "first")
    assert spool._file.connection is not None
    commits: list[str] = []
    spool._file.connection.set_trace_callback(
        lambda statement: commits.append(statement) if statement == "COMMIT" else None
    )
    with spool._turn:  # somebody else's turn, on a slow disk
        threads = [threading.Thread(target=put, args=(spool, f"{number:02d}")) for number in range(100)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(spool._asked) == 100)
    for thread in threads:
        thread.join()
    assert len(commits) == 2
    assert len(waiting(spool)) == 101


def test_of_those_that_come_together_each_hears_its_own_answer(settings: SpoolSettings) -> None:
    spool = Spool(replace(settings, requests=10))
    put(spool, "a", dedupe_key="d")
    heard: list[str] = []

    def work(number: int) -> None:
        try:
            heard.append(put(spool, f"{number}", dedupe_key="d" if number % 2 else None))
        except Unavailable as full:
            heard.append(full.message.split(", ")[1])

    with spool._turn:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(spool._asked) == 40)
    for thread in threads:
        thread.join()
    full = "and 10 requests wait for it already"
    assert sorted(heard) == sorted(["alive"] * 20 + ["new"] * 9 + [full] * 11)
    assert spool.level().waiting == 10
    spool.close()


def test_when_the_disk_refuses_all_that_came_together_are_refused(spool: Spool) -> None:
    put(spool, "a")
    assert spool._file.connection is not None
    spool._file.connection.execute("PRAGMA max_page_count = 20")
    refused: list[str] = []

    def work(number: int) -> None:
        try:
            put(spool, f"{number}", payload=b"x" * 50_000)
        except Unavailable as full:
            refused.append(full.message)

    with spool._turn:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(spool._asked) == 20)
    for thread in threads:
        thread.join()
    assert len(refused) == 20
    assert all("full" in message for message in refused)
    assert waiting(spool) == ["a"]


#: Accepts without end; says each id when it is accepted.
APPENDER = """
import sys
from pathlib import Path
from tests.store.test_spool import entry
from mediamill.settings import SpoolSettings
from mediamill.store.spool import Spool

spool = Spool(SpoolSettings(Path(sys.argv[1])))
for number in range(1_000_000):
    job_id = f"{sys.argv[2]}-{number:06d}"
    spool.accept(entry(job_id))
    print(job_id, flush=True)
"""


def appender(settings: SpoolSettings, name: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", APPENDER, str(settings.folder), name]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_killed_while_they_accept_lose_nothing_that_they_said(settings: SpoolSettings) -> None:
    said: list[str] = []
    for run in range(3):
        with appender(settings, f"a{run}") as one, appender(settings, f"b{run}") as other:
            for process in (one, other):
                assert process.stdout is not None
                said += [process.stdout.readline().strip() for _ in range(40 + 25 * run)]
            for process in (one, other):
                process.kill()
            for process in (one, other):
                assert process.stdout is not None
                said += [line for line in process.stdout.read().split() if len(line) == len("a0-000000")]
    spool = Spool(settings)
    rows = spool.oldest(1_000_000, 2**40)
    ids = [row.id for row in rows]
    assert set(said) <= set(ids)
    assert len(ids) == len(set(ids)) <= len(said) + 6  # a killed one may have accepted one more than it said
    assert [row.accepted_ms for row in rows] == sorted(row.accepted_ms for row in rows)
    for name in ("a0", "b1", "a2"):
        assert [job_id for job_id in ids if job_id.startswith(name)] == sorted(
            job_id for job_id in ids if job_id.startswith(name)
        )
    assert spool.level().waiting == len(ids)
    spool.close()


def test_processes_that_make_the_spool_at_the_same_time_make_one(settings: SpoolSettings) -> None:
    processes = [appender(settings, f"p{number}") for number in range(4)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline().strip()
    finally:
        for process in processes:
            process.kill()
            process.communicate(timeout=10)
    spool = Spool(settings)
    assert eventually(lambda: len({job_id.split("-")[0] for job_id in (k.id for k in spool.oldest(10**6, 2**40))}) == 4)
    spool.close()
