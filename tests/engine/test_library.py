"""Files that outlive their jobs: kept by an attempt, found by their owner, taken away by retention."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.engine.mill import Mill, Params

from mediamill import About, Cancelled, Context, Kept, Result, RetryableError
from mediamill.core.errors import NotFound, StaleAttempt, Unavailable
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine.librarian import LIMITS_EVERY_S, SPARED_S, WALK_EVERY_S, Librarian
from mediamill.engine.library import TRIES, Asked, Attempted, Library
from mediamill.engine.patience import PATIENCE_S
from mediamill.files.disk import Disk
from mediamill.files.library import Label, LibraryFolder
from mediamill.media.address import known_as
from mediamill.settings import LibrarySettings
from mediamill.store.library import LibraryIndex, Row, Wanted
from mediamill.testing import eventually

ABOUT = About("7301", "https://e.example/live", 1_772_357_400.0, 60.0)


def keeping(
    mill: Mill, name: str = "a.mp4", body: bytes = b"film", *, upload: bool = False, about: About = ABOUT
) -> Job:
    """Run a job that keeps a file, which is its result, too; return its record."""

    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "film.mp4"
        path.write_bytes(body)
        ctx.keep(name, path, about, upload=upload)
        return Result(files={"film.mp4": path})

    job = mill.run(mill.service(run), Params(text=f"{name} {time.monotonic_ns()}"))
    assert job.state is State.SUCCESS, job.error_message
    return job


def rows(mill: Mill, **wanted: str) -> list[Row]:
    return mill.tools.library.index.page(Wanted("ann", **wanted), 0, 100).rows  # type: ignore[arg-type]


def names(mill: Mill) -> list[str]:
    return sorted(row.name for row in rows(mill))


def on_disk(mill: Mill) -> list[str]:
    return sorted(mill.tools.library.folder.walk())


class Times:
    """Both clocks of a librarian, and how much room its disk has."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.free = 10**12

    def now(self) -> float:
        return time.monotonic() + self.ahead_s

    def wall(self) -> float:
        return time.time() + self.ahead_s


def librarian(mill: Mill, times: Times | None = None, **keep: float) -> Librarian:
    at = times or Times()
    settings = LibrarySettings(mill.tools.library.folder.root, **keep)  # type: ignore[arg-type]
    library = mill.tools.library
    return Librarian(library, settings, "here", mill.purger.fade, now=at.now, wall=at.wall, free=lambda: at.free)


# ---- keeping


def test_a_kept_file_is_found_by_its_owner_and_shares_its_room_with_the_jobs(mill: Mill) -> None:
    job = keeping(mill)
    [row] = rows(mill)
    assert (row.name, row.job, row.room, row.url, row.size_bytes) == ("a.mp4", job.id, "7301", ABOUT.url, 4)
    assert row.folder == mill.tools.library.folder.mark()
    kept = mill.tools.library.folder.path("a.mp4")
    stored = mill.files.local(job.files["film.mp4"].key)
    assert stored is not None
    assert kept.samefile(stored)
    assert mill.tools.library.is_here(row)


def test_what_signs_an_address_lies_neither_beside_the_file_nor_in_the_index(mill: Mill) -> None:
    keeping(mill, about=About("", "https://ann:hush@e.example/a.m3u8?id=7&token=very-secret", 0.0, 1.0))
    label = (mill.tools.library.folder.root / ".a.mp4.json").read_text()
    keys = mill.store.run("KEYS", f"{mill.scripts.keys.prefix}library-row*")
    row = "".join(mill.store.run("MGET", *keys))
    for kept in (label, row):
        assert "https://e.example/a.m3u8?id=7&token=***" in kept
        assert "very-secret" not in kept
        assert "hush" not in kept


def test_two_jobs_that_want_one_name_have_both(mill: Mill) -> None:
    for body in (b"one", b"two"):
        keeping(mill, body=body)
    assert names(mill) == on_disk(mill) == ["a (2).mp4", "a.mp4"]


def test_an_attempt_after_a_loss_keeps_no_second_copy(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "film.mp4"
        path.write_bytes(b"x" * ctx.attempt)
        ctx.keep("a.mp4", path, ABOUT)
        if ctx.attempt == 1:
            raise RetryableError("lost", after_s=0)
        return Result(files={"film.mp4": path})

    service = mill.service(run)
    job = mill.run(service)
    mill.sweeper.round()
    mill.take(service)
    assert mill.job(job.id).state is State.SUCCESS
    [row] = rows(mill)
    assert row.size_bytes == 2
    assert on_disk(mill) == ["a.mp4"]


def test_a_stale_attempt_notes_nothing(mill: Mill) -> None:
    job = mill.claimed()
    ctx = mill.context(job)
    path = ctx.scratch / "film.mp4"
    path.write_bytes(b"film")
    mill.forward(60)
    mill.sweeper.round()  # its lease is over
    with pytest.raises(Cancelled):
        ctx.keep("a.mp4", path, ABOUT)
    assert rows(mill) == []


def test_a_name_that_another_machine_gave_is_given_no_second_time(mill: Mill) -> None:
    keeping(mill)
    there = LibraryFolder(mill.folder / "of-another-machine")
    library = Library(there, LibraryIndex(mill.scripts), mill.files, "there")
    object.__setattr__(mill.tools, "library", library)
    keeping(mill)
    assert names(mill) == ["a (2).mp4", "a.mp4"]
    assert on_disk(mill) == ["a (2).mp4"]
    [far] = [row for row in rows(mill) if row.name == "a.mp4"]
    assert not mill.tools.library.is_here(far)


def test_a_store_that_is_away_is_waited_for(mill: Mill) -> None:
    """And what was put into the folder before is the same file afterwards."""

    def run(_params: Params, ctx: Context) -> Kept:
        path = ctx.scratch / "film.mp4"
        path.write_bytes(b"film")
        mill.store.refusals = 1
        return ctx.keep("a.mp4", path, ABOUT)

    job = mill.claimed()
    assert run(Params(), mill.context(job)).name == "a.mp4"
    assert names(mill) == on_disk(mill) == ["a.mp4"]


def test_a_folder_that_is_not_mounted_is_waited_for_and_the_job_says_so(mill: Mill) -> None:
    keeping(mill, "before.mp4")
    root, gone = mill.tools.library.folder.root, mill.folder / "gone"
    root.rename(gone)
    job = mill.claimed()
    ctx = mill.context(job)
    path = ctx.scratch / "film.mp4"
    path.write_bytes(b"film")
    ctx.progress(0.5, "joining")
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(ctx.keep, "a.mp4", path, ABOUT)
        eventually(lambda: "is its disk mounted?" in mill.job(job.id).stage, within_s=5)
        gone.rename(root)
        assert kept.result(5).name == "a.mp4"
    assert mill.job(job.id).stage == "joining"
    assert list(mill.log(job.id)) == ["library.away", "library.back"]
    assert names(mill) == ["a.mp4", "before.mp4"]


def test_a_job_whose_folder_is_away_for_long_comes_again_uncharged(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping(mill, "before.mp4")
    monkeypatch.setitem(PATIENCE_S, "FILES_UNAVAILABLE", 0.0)
    mill.tools.library.folder.root.rename(mill.folder / "gone")

    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "film.mp4"
        path.write_bytes(b"film")
        ctx.keep("a.mp4", path, ABOUT)
        return Result()

    job = mill.run(mill.service(run, attempts=1))
    assert (job.state, job.failures) == (State.RETRY, 0)
    assert "is its disk mounted?" in job.stage


# ---- copies


class Bucket(Disk):
    """Takes copies, but for the first `refusals`."""

    refusals = 0

    def send(self, name: str, path: Path) -> str:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("the bucket for files does not answer", code="FILES_UNAVAILABLE")
        shutil.copyfile(path, self._root / "copy")
        return f"s3://bucket/recordings/{name}"

    def unsend(self, name: str) -> None:
        assert name == "a.mp4"
        (self._root / "copy").unlink()


def with_bucket(mill: Mill, refusals: int) -> tuple[Bucket, list[float]]:
    bucket, waits = Bucket(mill.folder / "bucket"), list[float]()
    bucket.refusals = refusals
    library = Library(mill.tools.library.folder, LibraryIndex(mill.scripts), bucket, "here", wait=waits.append)
    object.__setattr__(mill.tools, "library", library)
    return bucket, waits


def test_a_copy_is_sent_in_three_tries_and_goes_with_its_file(mill: Mill) -> None:
    bucket, waits = with_bucket(mill, TRIES - 1)
    job = keeping(mill, upload=True)
    [row] = rows(mill)
    assert row.s3 == ("s3://bucket/recordings/a.mp4",)
    assert len(waits) == TRIES - 1
    assert (bucket._root / "copy").read_bytes() == b"film"
    assert mill.tools.library.purge(job.id) == 1
    assert not (bucket._root / "copy").exists()


def test_what_cannot_be_sent_is_kept_here_and_told(mill: Mill) -> None:
    with_bucket(mill, TRIES)
    job = keeping(mill, upload=True)
    assert rows(mill)[0].s3 == ()
    assert mill.log(job.id)["library.not_uploaded"] == {
        "name": "a.mp4",
        "message": "the bucket for files does not answer",
    }


def test_without_a_bucket_that_is_told_at_once(mill: Mill) -> None:
    job = keeping(mill, upload=True)
    assert "S3_BUCKET" in mill.log(job.id)["library.not_uploaded"]["message"]


# ---- taking away


def test_a_purge_takes_what_the_job_kept_and_no_more(mill: Mill) -> None:
    keeping(mill, "other.mp4")
    job = keeping(mill)
    assert mill.tools.library.purge(job.id) == 1
    assert names(mill) == ["other.mp4"]
    assert on_disk(mill) == ["a.mp4", "other.mp4"]  # until the keeper of this folder comes by
    librarian(mill).round()
    assert on_disk(mill) == ["other.mp4"]
    with pytest.raises(NotFound):
        mill.tools.library.find("ann", "a.mp4")


def test_what_a_cancelled_job_kept_goes_with_it(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "film.mp4"
        path.write_bytes(b"film")
        ctx.keep("a.mp4", path, ABOUT)
        mill.jobs.cancel(ctx.job_id)
        return Result(files={"film.mp4": path})

    job = mill.run(mill.service(run))
    assert job.state is State.REVOKED
    assert names(mill) == ["a.mp4"]
    mill.sweeper.round()
    librarian(mill).round()
    assert names(mill) == on_disk(mill) == []


def test_what_a_job_kept_while_it_was_cancelled_is_nowhere(mill: Mill) -> None:
    job = mill.claimed()
    ctx = mill.context(job)
    path = ctx.scratch / "film.mp4"
    path.write_bytes(b"film")
    ctx.keep("first.mp4", path, ABOUT)
    library = mill.tools.library
    attempt = Attempted(job, job.token or "", lambda: None, lambda *_: None)
    mill.jobs.cancel(job.id)
    for name in ("first.mp4", "second.mp4"):
        with pytest.raises(StaleAttempt):
            library.keep(Asked(name, path, ABOUT), attempt)
    library.purge(job.id)
    keeper = librarian(mill)
    keeper.round()
    assert keeper.walk() == 0
    assert names(mill) == on_disk(mill) == []


def test_what_a_worker_had_kept_and_not_noted_when_it_died_goes_with_its_cancelled_job(mill: Mill) -> None:
    job = mill.claimed()
    folder = mill.tools.library.folder
    path = mill.folder / "film.mp4"
    path.write_bytes(b"film")
    folder.open_mark()
    label = Label(job=job.id, owner="ann", asked="a.mp4", began_at=0, seconds=1, kept_ms=1_000)
    folder.keep(path, label)
    mill.jobs.cancel(job.id)
    mill.attempts.hand_back(job.id, job.token or "")
    assert mill.job(job.id).state is State.REVOKED
    keeper = librarian(mill)
    keeper.walk()
    assert names(mill) == []
    keeper.round()
    assert on_disk(mill) == []
    assert mill.tools.library.index.bytes(folder.mark() or "") == 0


def test_a_kept_file_outlives_record_and_artifacts(mill: Mill) -> None:
    job = keeping(mill)
    mill.purger.purge(job.id)
    assert mill.jobs.get(job.id) is None
    librarian(mill).round()
    assert names(mill) == on_disk(mill) == ["a.mp4"]


def test_nothing_goes_where_no_limit_is_set(mill: Mill) -> None:
    keeping(mill, body=b"x" * 10_000)
    times = Times()
    tends = librarian(mill, times)
    times.ahead_s, times.free = 10 * 365 * 86_400, 0
    tends.round()
    assert names(mill) == on_disk(mill) == ["a.mp4"]


def test_what_is_too_old_goes_with_the_jobs_file_that_shares_its_room(mill: Mill) -> None:
    job = keeping(mill)
    times = Times()
    tends = librarian(mill, times, ttl_s=3_600)
    times.ahead_s = 3_500
    tends.round()
    assert names(mill) == ["a.mp4"]
    times.ahead_s = 3_700
    tends.round()
    assert names(mill) == on_disk(mill) == []
    assert mill.job(job.id).files_expired_ms is not None


def test_a_job_keeps_its_own_copy_where_that_shares_no_room(mill: Mill) -> None:
    job = keeping(mill)
    kept = mill.tools.library.folder.path("a.mp4")
    kept.unlink()
    kept.write_bytes(b"film")  # as on another disk
    times = Times()
    times.ahead_s = 3_700
    librarian(mill, times, ttl_s=3_600).round()
    assert names(mill) == []
    assert mill.job(job.id).files_expired_ms is None


def test_the_oldest_of_all_go_for_the_quota(mill: Mill) -> None:
    for number in range(4):
        keeping(mill, f"{number}.mp4", b"x" * 100)
    times = Times()
    times.ahead_s = SPARED_S + 1
    librarian(mill, times, max_bytes=250).round()
    assert names(mill) == on_disk(mill) == ["2.mp4", "3.mp4"]


def test_a_channels_oldest_go_for_its_own_quota(mill: Mill) -> None:
    for number in range(3):
        keeping(mill, f"a{number}.mp4", b"x" * 100)
        keeping(mill, f"b{number}.mp4", b"x" * 60, about=About("", "https://e.example/b", 0.0, 1.0))
    times = Times()
    times.ahead_s = SPARED_S + 1
    librarian(mill, times, room_bytes=200).round()
    assert names(mill) == ["a1.mp4", "a2.mp4", "b0.mp4", "b1.mp4", "b2.mp4"]


def test_the_oldest_go_while_the_disk_lacks_room(mill: Mill) -> None:
    for number in range(4):
        keeping(mill, f"{number}.mp4", b"x" * 100)
    times = Times()
    tends = librarian(mill, times, min_free=1_000)
    times.ahead_s, times.free = SPARED_S + 1, 850
    tends.round()
    assert names(mill) == ["2.mp4", "3.mp4"]
    tends.round()  # who reads one that went holds its room yet
    assert names(mill) == ["2.mp4", "3.mp4"]
    times.ahead_s += LIMITS_EVERY_S
    times.free = 1_000
    tends.round()
    assert names(mill) == ["2.mp4", "3.mp4"]


def test_what_was_just_kept_stays_whatever_is_lacking(mill: Mill) -> None:
    keeping(mill)
    times = Times()
    times.free = 0
    times.ahead_s = SPARED_S - 60
    librarian(mill, times, ttl_s=1, max_bytes=1, room_bytes=1, min_free=10**9).round()
    assert names(mill) == on_disk(mill) == ["a.mp4"]


# ---- the folder and the index are the same


def test_a_store_that_was_wiped_learns_of_all_files_again(mill: Mill) -> None:
    keeping(mill, "r/a.mp4")
    keeping(mill, "b.mp4")
    before = rows(mill)
    tends = librarian(mill)
    _rounds(tends)
    wiped = mill.store.run("KEYS", f"{mill.scripts.keys.prefix}library-*")
    mill.store.run("DEL", *wiped)
    assert rows(mill) == []
    _rounds(tends)
    assert rows(mill) == before


def test_a_file_that_was_removed_by_hand_leaves_the_index(mill: Mill) -> None:
    keeping(mill, "r/a.mp4")
    keeping(mill, "b.mp4")
    times = Times()
    tends = librarian(mill, times)
    _rounds(tends)
    (mill.tools.library.folder.root / "r/a.mp4").unlink()
    _rounds(tends)
    assert names(mill) == ["b.mp4", "r/a.mp4"]
    times.ahead_s = WALK_EVERY_S
    _rounds(tends)
    assert names(mill) == ["b.mp4"]
    assert not (mill.tools.library.folder.root / "r").exists()


def test_a_folder_that_comes_back_from_a_copy_is_learnt_of(mill: Mill) -> None:
    keeping(mill, "r/a.mp4")
    root = mill.tools.library.folder.root
    shutil.copytree(root / "r", root / "copied")
    _rounds(librarian(mill))
    # Its job's name is that of the first: a file of one job has one row.
    assert names(mill) == ["r/a.mp4"]
    shutil.rmtree(root / "r")
    times = Times()
    tends = librarian(mill, times)
    for _ in range(2):
        _rounds(tends)
        times.ahead_s += WALK_EVERY_S
    assert names(mill) == ["copied/a.mp4"]


def test_a_folder_that_is_not_mounted_loses_no_row(mill: Mill) -> None:
    keeping(mill)
    folder = mill.tools.library.folder.root
    times = Times()
    tends = librarian(mill, times, ttl_s=1)
    _rounds(tends)
    folder.rename(mill.folder / "unmounted")
    folder.mkdir()
    times.ahead_s = SPARED_S * 10
    with capture_logs() as told:
        _rounds(tends)
        _rounds(tends)
    assert [line["event"] for line in told] == ["library.away"]
    assert names(mill) == ["a.mp4"]
    folder.rmdir()
    (mill.folder / "unmounted").rename(folder)
    _rounds(tends)
    assert names(mill) == on_disk(mill) == []


def test_what_has_to_go_is_not_learnt_of_again(mill: Mill) -> None:
    job = keeping(mill)
    mill.tools.library.purge(job.id)
    assert librarian(mill).walk() == 0
    assert rows(mill) == []


def test_a_size_that_is_another_is_put_right(mill: Mill) -> None:
    keeping(mill)
    kept = mill.tools.library.folder.path("a.mp4")
    kept.unlink()
    kept.write_bytes(b"cut by hand")
    assert librarian(mill).walk() == 1
    assert rows(mill)[0].size_bytes == len(b"cut by hand")


def test_what_was_filed_under_the_address_as_it_was_sent_is_found_by_its_form(mill: Mill) -> None:
    keeping(mill)
    [row] = rows(mill)
    sent = "https://ann:hush@E.example/a.m3u8?id=7&token=very-secret"
    index = mill.tools.library.index
    index.adopt([replace(row, url=sent, s3=("s3://bucket/a.mp4",))])  # as earlier versions wrote it
    assert rows(mill, url=known_as(sent)) == []
    tends = librarian(mill)
    assert tends.walk() == 1
    [found] = rows(mill, url=known_as(sent))
    assert found == replace(row, url="https://e.example/a.m3u8?id=7&token=***", s3=("s3://bucket/a.mp4",))
    assert rows(mill, url=sent) == []
    assert index.bytes(row.folder) == row.size_bytes, "it counts once"
    assert tends.walk() == 0


def test_a_thousand_files_are_walked_in_steps(mill: Mill) -> None:
    keeping(mill)
    folder = mill.tools.library.folder
    label = folder.label("a.mp4")
    assert label is not None
    for number in range(1_000):
        name = f"{number % 7}/{number}.mp4"
        folder.path(name).parent.mkdir(exist_ok=True)
        os.link(folder.path("a.mp4"), folder.path(name))
        other = label.model_copy(update={"job": f"job-{number}", "asked": name})
        (folder.path(name).parent / f".{number}.mp4.json").write_text(other.model_dump_json())
    tends = librarian(mill)
    tends.round()
    index = mill.tools.library.index
    assert 1 < index.page(Wanted("ann"), 0, 1).total < 1_001
    assert not index.looked(str(folder.mark()))
    _rounds(tends)
    assert index.page(Wanted("ann"), 0, 1).total == 1_001
    assert index.looked(str(folder.mark()))


def test_the_keeper_tends_it(mill: Mill) -> None:
    mill.keeper.librarian = librarian(mill)
    assert mill.keeper.librarian.round in [round_ for round_, _ in mill.keeper._rounds()]


def _rounds(tends: Librarian) -> None:
    for _ in range(12):
        tends.round()
