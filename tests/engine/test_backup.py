"""What a backup holds, what it refuses to be taken for, and how it takes a data folder's place."""

import os
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import pytest
from tests.engine.mill import Files, Mill, Params

from mediamill import Context, Queue, Result
from mediamill.core.errors import Conflict, Unavailable
from mediamill.core.job import Job
from mediamill.engine import backup, restore
from mediamill.engine.backup import MANIFEST, SNAPSHOT, Manifest, Sources
from mediamill.files import keys, sums
from mediamill.settings import RESTORING, SpoolSettings
from mediamill.store import snapshot
from mediamill.store.spool import Entry, Spool


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    ctx.cached(params.text, make_step)
    return Result(files={"said.txt": path})


def make_step(place: Path) -> None:
    place.write_text("step")


def silent(_number: int, _count: int) -> None:
    pass


@pytest.fixture
def jobs(mill: Mill) -> list[Job]:
    """Three finished jobs, their ends beside their files."""
    service = mill.service(write)
    found = [mill.run(service, Params(text=f"number {number}")) for number in range(3)]
    mill.sweeper.round()
    return found


@pytest.fixture
def sources(mill: Mill, jobs: list[Job], tmp_path: Path) -> Sources:
    """What is backed up: the three jobs, the store, and a key."""
    assert jobs
    (tmp_path / "secret-key").write_text("a key\n")
    return Sources(
        prefix=mill.scripts.keys.prefix,
        snapshot=partial(snapshot.take, mill.scripts.client),
        files=mill.files,
        keys={"secret-key": tmp_path / "secret-key"},
    )


@pytest.fixture
def written(sources: Sources, tmp_path: Path) -> Path:
    """A whole backup."""
    backup.write(tmp_path / "copy", sources, "1.0", silent)
    return tmp_path / "copy"


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def check(folder: Path) -> list[str]:
    return restore.damaged(folder, Manifest.read(folder), silent)


def laid_out(folder: Path, data_dir: Path, *, keep_files: bool = False, left_out: frozenset[str] = frozenset()) -> Path:
    manifest = Manifest.read(folder)
    return restore.lay_out(folder, data_dir, manifest, left_out=left_out, keep_files=keep_files, tell=silent)


# ---- writing


def test_a_backup_has_records_files_and_keys_and_is_for_its_user_alone(mill: Mill, written: Path) -> None:
    stored = {f"files/{key}" for key in mill.stored()}
    assert below(written) == {MANIFEST, SNAPSHOT, sums.NAME, "secret-key"} | stored
    manifest = Manifest.read(written)
    assert (manifest.count, manifest.store, manifest.files) == (len(stored), "private", "folder")
    assert written.stat().st_mode & 0o777 == 0o700
    for name in (SNAPSHOT, "secret-key", MANIFEST):
        assert (written / name).stat().st_mode & 0o777 == 0o600
    assert check(written) == []
    program = shutil.which("sha256sum")
    if program:
        subprocess.run([program, "--check", "--quiet", sums.NAME], cwd=written, check=True)


def test_finished_steps_are_copied_on_request_only(sources: Sources, tmp_path: Path) -> None:
    for asked in (False, True):
        folder = tmp_path / f"copy-{asked}"
        backup.write(folder, Sources(**{**vars(sources), "cache": asked}), "1.0", silent)
        assert any(name.startswith("files/cache/") for name in below(folder)) is asked


@pytest.mark.parametrize("elsewhere", [False, True])
def test_files_are_linked_where_they_can_be_and_copied_with_their_times_elsewhere(
    mill: Mill, sources: Sources, jobs: list[Job], tmp_path: Path, *, elsewhere: bool
) -> None:
    memory = Path("/dev/shm")  # noqa: S108 - it is the kernel's
    if elsewhere and not (memory.is_dir() and memory.stat().st_dev != tmp_path.stat().st_dev):
        pytest.skip("there is no other file system")
    key = jobs[0].files["said.txt"].key
    live = mill.files.local(key)
    assert live is not None
    with tempfile.TemporaryDirectory(dir=memory if elsewhere else tmp_path) as folder:
        backup.write(Path(folder), sources, "1.0", silent)
        copy = Path(folder) / "files" / key
        assert copy.samefile(live) is not elsewhere
        assert (copy.read_bytes(), copy.stat().st_mtime) == (live.read_bytes(), live.stat().st_mtime)
        (tmp_path / "house").mkdir()
        laid_out(Path(folder), tmp_path / "house")
        restore.take_place(tmp_path / "house", keep_files=False)
        assert (tmp_path / "house/files" / key).read_bytes() == live.read_bytes()


def test_a_folder_that_holds_anything_is_refused(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        backup.write(tmp_path / "copy", sources, "1.0", silent)
    assert below(tmp_path / "copy") == {"mine.txt"}


def test_a_backup_that_was_broken_off_is_never_taken_for_a_whole_one(sources: Sources, tmp_path: Path) -> None:
    def broken(number: int, _count: int) -> None:
        if number == 2:
            raise Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        backup.write(tmp_path / "copy", sources, "1.0", broken)
    with pytest.raises(Conflict, match="no whole backup"):
        Manifest.read(tmp_path / "copy")
    with pytest.raises(Conflict, match="not empty"):
        backup.write(tmp_path / "copy", sources, "1.0", silent)


def test_a_job_that_is_purged_meanwhile_is_left_out(
    mill: Mill, sources: Sources, jobs: list[Job], tmp_path: Path
) -> None:
    def purge(_number: int, _count: int) -> None:
        for job in jobs:
            mill.purger.purge(job.id)

    manifest = backup.write(tmp_path / "copy", sources, "1.0", purge)
    assert manifest.count == 2  # one job's file and its record
    assert check(tmp_path / "copy") == []


def test_every_file_that_the_records_name_is_copied_for_they_come_first(
    mill: Mill, sources: Sources, tmp_path: Path
) -> None:
    made: list[Job] = []

    def snapshot_after_one_more() -> Path:
        made.append(mill.run(mill.service(write), Params(text="just in time")))
        assert sources.snapshot is not None
        return sources.snapshot()

    changed = {**vars(sources), "snapshot": snapshot_after_one_more}
    backup.write(tmp_path / "copy", Sources(**changed), "1.0", silent)
    assert (tmp_path / "copy/files" / made[0].files["said.txt"].key).read_text() == "just in time"


class Fleeting(Files):
    """A folder where every file goes just before it is taken."""

    def fetch(self, key: str, path: Path) -> Path:
        self.delete(key)
        return super().fetch(key, path)


def test_a_file_that_goes_between_list_and_copy_is_left_out(mill: Mill, sources: Sources, tmp_path: Path) -> None:
    files = Fleeting(mill.folder / "files")
    manifest = backup.write(tmp_path / "copy", Sources(**{**vars(sources), "files": files}), "1.0", silent)
    assert manifest.count == 0
    assert check(tmp_path / "copy") == []


def test_what_waits_in_the_spool_is_copied_first(sources: Sources, tmp_path: Path) -> None:
    spool = Spool(SpoolSettings(tmp_path / "spool"))
    entry = Entry("id", "ann", "work", Queue.DEFAULT, None, "h", b"sealed", 0)
    spool.accept(entry)

    def snapshot_after_a_replay() -> Path:
        spool.drop(spool.oldest(10, 1_000))
        assert sources.snapshot is not None
        return sources.snapshot()

    changed = {**vars(sources), "spool": spool.copy, "snapshot": snapshot_after_a_replay}
    backup.write(tmp_path / "copy", Sources(**changed), "1.0", silent)
    assert check(tmp_path / "copy") == []
    (tmp_path / "house").mkdir()
    laid_out(tmp_path / "copy", tmp_path / "house")
    restore.take_place(tmp_path / "house", keep_files=False)
    kept = Spool(SpoolSettings(tmp_path / "house/spool")).get("id")
    assert kept is not None
    assert kept.payload == b"sealed"


def test_what_lies_elsewhere_is_not_in_it_and_the_manifest_says_so(tmp_path: Path) -> None:
    manifest = backup.write(tmp_path / "copy", Sources(prefix="p:"), "1.0", silent)
    assert (manifest.store, manifest.files, manifest.keys) == ("outside", "bucket", ())
    assert below(tmp_path / "copy") == {MANIFEST, sums.NAME}


# ---- checking


def spoil(path: Path) -> None:
    """Change a byte of a copy, not of the file that it may be a link to."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(content)


def test_damaged_and_missing_files_are_named(written: Path, jobs: list[Job]) -> None:
    changed = f"files/{jobs[0].files['said.txt'].key}"
    missing = f"files/{keys.record(jobs[1].id)}"
    spoil(written / changed)
    (written / missing).unlink()
    assert sorted(check(written)) == sorted([changed, missing])


@pytest.mark.parametrize("name", [SNAPSHOT, sums.NAME])
def test_records_that_are_damaged_are_not_restored(written: Path, name: str) -> None:
    spoil(written / name)
    with pytest.raises(Conflict):
        check(written)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}'])
def test_a_manifest_of_another_kind_is_refused(written: Path, content: str) -> None:
    (written / MANIFEST).write_text(content)
    with pytest.raises(Conflict, match="cannot be used"):
        Manifest.read(written)


@pytest.mark.parametrize("name", ["../out", "files/../../out", "/etc/out", ""])
def test_a_list_that_leads_out_of_the_backup_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / sums.NAME).write_text(f"{'0' * 64}  {name}\n")
    with pytest.raises(ValueError, match="a line that is none"):
        list(sums.read(tmp_path))


# ---- taking the place


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A data folder that is in use by nobody."""
    for name in ("valkey/appendonlydir/old", "files/jobs/j/job.json", "lock", "url"):
        path = tmp_path / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    return tmp_path / "house"


def test_what_was_there_is_moved_aside_and_nothing_is_deleted(written: Path, house: Path, mill: Mill) -> None:
    assert restore.occupied(house, keep_files=False) == ["files", "url", "valkey"]
    laid_out(written, house)
    aside = restore.take_place(house, keep_files=False)
    assert aside is not None
    assert below(aside) == {"valkey/appendonlydir/old", "files/jobs/j/job.json", "url"}
    base = "valkey/appendonlydir/appendonly.aof"
    stored = {f"files/{key}" for key in mill.stored()}
    there = {name for name in below(house) if not name.startswith("replaced-")}
    assert there == {"lock", "secret-key", f"{base}.1.base.rdb", f"{base}.manifest"} | stored
    assert (house / "secret-key").stat().st_mode & 0o777 == 0o600
    assert restore.occupied(house, keep_files=False) == ["files", "secret-key", "valkey"]
    assert check(written) == []


def test_files_that_are_to_be_kept_stay_in_their_place(written: Path, house: Path) -> None:
    assert restore.occupied(house, keep_files=True) == ["url", "valkey"]
    laid_out(written, house, keep_files=True)
    restore.take_place(house, keep_files=True)
    assert below(house / "files") == {"jobs/j/job.json"}
    assert (house / "valkey/appendonlydir/appendonly.aof.manifest").exists()


def test_a_restore_that_was_broken_off_is_begun_again(written: Path, house: Path) -> None:
    staged = laid_out(written, house)
    (staged / "half").write_text("half")
    laid_out(written, house)
    restore.take_place(house, keep_files=False)
    assert not (house / "half").exists()
    assert not (house / RESTORING).exists()


def test_damaged_files_can_be_left_out(written: Path, house: Path, jobs: list[Job]) -> None:
    name = f"files/{jobs[0].files['said.txt'].key}"
    spoil(written / name)
    laid_out(written, house, left_out=frozenset({name}))
    restore.take_place(house, keep_files=False)
    assert not (house / name).exists()
    assert (house / "files" / keys.record(jobs[0].id)).exists()


def test_a_restored_file_is_no_door_into_the_backup(written: Path, house: Path, jobs: list[Job]) -> None:
    """They may be one file on the disk: whatever the house does with it, the backup stays as it is."""
    laid_out(written, house)
    restore.take_place(house, keep_files=False)
    files = Files(house / "files")
    for job in jobs:
        files.put_bytes(keys.record(job.id), b"another end")
        files.delete(job.files["said.txt"].key)
    assert check(written) == []
    assert os.listdir(written / "files/jobs")  # noqa: PTH208
