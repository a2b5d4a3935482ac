import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from mediamill.core.errors import NotFound, PermanentError, Unavailable
from mediamill.files import Artifacts, FileStore, Scratch, StepCache


@pytest.fixture
def artifacts(store: FileStore) -> Artifacts:
    return Artifacts(store)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = Scratch(tmp_path, "here").make("job", "token") / "made.mp3"
    path.write_bytes(b"a song")
    return path


def test_a_committed_file_is_named_by_its_content(artifacts: Artifacts, made: Path, tmp_path: Path) -> None:
    artifact = artifacts.commit("job", "token", "parts/song.mp3", made)
    digest = hashlib.sha256(b"a song").hexdigest()
    assert artifact.key == f"jobs/job/token/{digest}"
    assert (artifact.name, artifact.sha256, artifact.size_bytes) == ("parts/song.mp3", digest, 6)
    assert artifact.media_type == "audio/mpeg"
    assert artifacts.exist([artifact])
    assert artifacts.fetch(artifact, tmp_path / "got").read_bytes() == b"a song"


def test_one_file_may_have_two_names_and_be_published_and_returned(artifacts: Artifacts, made: Path) -> None:
    first = artifacts.commit("job", "token", "a.mp3", made)
    second = artifacts.commit("job", "token", "b.mp3", made)
    assert first.key == second.key
    assert made.read_bytes() == b"a song"
    assert artifacts.exist([first, second])


def test_committing_a_cached_file_leaves_the_cache_whole(artifacts: Artifacts, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here").make("job", "token")
    cache = StepCache(artifacts.store)
    (scratch / "step").write_bytes(b"step")
    artifact = artifacts.commit("job", "token", "step.wav", cache.put("key", scratch / "step"))
    artifacts.forget("job")
    assert not artifacts.exist([artifact])
    kept = cache.get("key", scratch / "again")
    assert kept is not None
    assert kept.read_bytes() == b"step"


def test_what_is_no_file_cannot_be_an_artifact(artifacts: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    for path in (tmp_path / "link", tmp_path, tmp_path / "missing"):
        with pytest.raises(PermanentError, match=r"no file for the artifact 'x\.mp3'") as caught:
            artifacts.commit("job", "token", "x.mp3", path)
        assert caught.value.code == "ARTIFACT_MISSING"
        assert str(tmp_path) not in caught.value.message


def test_a_bad_name_stores_nothing(artifacts: Artifacts, made: Path) -> None:
    with pytest.raises(PermanentError, match="not relative"):
        artifacts.commit("job", "token", "/x", made)
    assert list(artifacts.jobs()) == []


def test_a_record_is_kept_replaced_and_forgotten(artifacts: Artifacts, made: Path) -> None:
    with pytest.raises(NotFound):
        artifacts.read_record("job")
    artifacts.write_record("job", b"{}")
    artifacts.write_record("job", b'{"id": "job"}')
    artifacts.commit("job", "token", "a.mp3", made)
    assert artifacts.read_record("job") == b'{"id": "job"}'
    assert artifacts.has_record("job")
    assert list(artifacts.jobs()) == ["job"]
    assert artifacts.forget("job") == 2
    assert artifacts.forget("job") == 0
    assert not artifacts.has_record("job")


def test_an_id_that_no_job_can_have_is_not_found(artifacts: Artifacts) -> None:
    assert not artifacts.has_record("../job")
    with pytest.raises(NotFound):
        artifacts.read_record("../job")


def test_only_old_files_that_no_record_names_are_collected(artifacts: Artifacts, made: Path) -> None:
    kept = artifacts.commit("job", "token", "a.mp3", made)
    other = made.with_name("other")
    other.write_bytes(b"of a stale attempt")
    stale = artifacts.commit("job", "stale", "a.mp3", other)
    artifacts.write_record("job", b"{}")
    now_s = time.time() + 5
    assert artifacts.collect("job", {kept.key}, older_than_s=60, now_s=now_s) == 0
    assert artifacts.collect("job", {kept.key}, older_than_s=0, now_s=now_s) == 1
    assert artifacts.exist([kept])
    assert not artifacts.exist([stale])
    assert artifacts.has_record("job")


def test_the_first_writer_of_a_step_wins(store: FileStore, tmp_path: Path) -> None:
    cache = StepCache(store)
    assert cache.get("key", tmp_path / "got") is None
    (tmp_path / "first").write_text("first")
    (tmp_path / "second").write_text("second")
    assert cache.put("key", tmp_path / "first").read_text() == "first"
    assert cache.put("key", tmp_path / "second").read_text() == "first"
    got = cache.get("key", tmp_path / "got")
    assert got is not None
    assert got.read_text() == "first"
    cache.forget("key", "other")
    assert got.read_text() == "first"
    assert cache.get("key", tmp_path / "again") is None


def test_a_step_that_wrote_nothing_is_not_kept(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="wrote no file") as caught:
        StepCache(store).put("key", tmp_path / "missing")
    assert caught.value.code == "STEP_MISSING"


# ---- scratch


def test_attempts_of_a_job_that_end_and_begin_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here")
    errors: list[BaseException] = []

    def churn(token: str) -> None:
        try:
            for _ in range(300):
                (scratch.make("job", token) / "file").touch()
                scratch.remove("job", token)
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=churn, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(scratch.root.iterdir()) == []


def test_a_file_where_scratch_should_be_is_told(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here")
    scratch.root.mkdir(parents=True)
    (scratch.root / "job").touch()
    with pytest.raises(Unavailable):
        scratch.make("job", "token")


def test_scratch_is_a_folder_of_one_attempt(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here")
    folder = scratch.make("job", "token")
    assert folder == tmp_path / "scratch/here/job/token" == scratch.path("job", "token") == scratch.make("job", "token")
    assert folder.stat().st_mode & 0o777 == 0o700
    other = scratch.make("job", "other")
    scratch.remove("job", "token")
    scratch.remove("job", "token")
    assert other.is_dir()
    scratch.remove("job", "other")
    assert list(scratch.root.iterdir()) == []


def test_scratch_is_removed_whatever_is_in_it(nobodys: Path) -> None:
    scratch = Scratch(nobodys, "here")
    folder = scratch.make("job", "token")
    outside = nobodys / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    deep = folder / "/".join("abcdefghij" * 5)
    deep.mkdir(parents=True)
    (deep / "file").touch()
    (folder / "link").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner" / "file").touch()
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0o500)
    folder.chmod(0o500)
    scratch.remove("job", "token")
    assert not folder.exists()
    assert (outside / "precious").exists()


def test_scratch_that_became_a_link_is_removed_and_its_target_is_not(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here")
    folder = scratch.make("job", "token")
    folder.rmdir()
    (tmp_path / "outside").mkdir()
    folder.symlink_to(tmp_path / "outside")
    scratch.remove("job", "token")
    assert not folder.is_symlink()
    assert (tmp_path / "outside").is_dir()


def test_a_sweep_takes_only_old_folders_of_nobody(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, "here")
    assert scratch.sweep(()) == 0
    alive, dead = scratch.make("job", "alive"), scratch.make("job", "dead")
    (dead / "file").touch()
    fresh = scratch.make("new", "fresh")
    long_ago = time.time() - 100
    for folder in (alive, dead):
        os.utime(folder, (long_ago, long_ago))
    assert scratch.sweep({"alive"}) == 1
    assert alive.is_dir()
    assert not dead.exists()
    assert fresh.is_dir()
    assert scratch.sweep((), older_than_s=0) == 2
    assert list(scratch.root.iterdir()) == []


def test_a_sweep_leaves_the_folders_of_other_machines_alone(tmp_path: Path) -> None:
    theirs = Scratch(tmp_path, "there").make("job", "token")
    ours = Scratch(tmp_path, "here").make("job", "token")
    assert Scratch(tmp_path, "here").sweep(set(), older_than_s=-1) == 1
    assert theirs.is_dir()
    assert not ours.exists()
