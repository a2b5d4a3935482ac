import fcntl
import os
from pathlib import Path
from threading import Thread

import pytest

from mediamill.core.errors import NotFound, Unavailable
from mediamill.files.lasting import Lasting, Note
from mediamill.files.trees import remove_tree
from mediamill.testing import eventually


def note(job_id: str = "job", by: str = "token") -> Note:
    return Note(job_id=job_id, token=by, service="work", owner="ann", params={})


@pytest.fixture
def lasting(tmp_path: Path) -> Lasting:
    return Lasting(tmp_path, "here")


def test_a_folder_lies_below_its_machine_and_its_job_for_its_user_alone(lasting: Lasting, tmp_path: Path) -> None:
    folder = lasting.make(note())
    assert folder.is_relative_to(tmp_path / "lasting" / "here" / "job")
    for each in (folder, folder.parent, lasting.root, lasting.root.parent):
        assert each.stat().st_mode & 0o777 == 0o700
    assert (folder.parent / "job.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("job_id", ["", "..", "a/b", ".taken"])
def test_no_job_is_called_so_that_it_lies_elsewhere(lasting: Lasting, job_id: str) -> None:
    with pytest.raises(NotFound):
        lasting.make(note(job_id))


def test_the_note_is_of_the_attempt_that_asked_last(lasting: Lasting) -> None:
    folder = lasting.make(note(by="first"))
    (folder / "1.ts").write_text("filmed")
    assert lasting.make(note(by="second")) == folder
    assert lasting.jobs() == {"job": note(by="second")}
    assert not lasting.remove("job", "first")
    assert not lasting.take("job", "first")
    assert (folder / "1.ts").read_text() == "filmed"
    assert lasting.remove("job", "second")
    assert not lasting.remove("job", "second")
    assert (lasting.jobs(), sorted(path.name for path in lasting.root.iterdir())) == ({}, [".lock"])


def test_what_was_taken_is_no_jobs_any_more_and_the_next_attempt_begins_anew(lasting: Lasting) -> None:
    (lasting.make(note()) / "1.ts").write_text("filmed")
    assert lasting.take("job", "token")
    assert lasting.jobs() == {}
    assert list(lasting.make(note(by="next")).iterdir()) == []
    (taken,) = lasting.taken()
    assert (taken.names(), taken.note) == (["1.ts"], note())
    lasting.drop(taken)
    assert (lasting.taken(), list(lasting.jobs())) == ([], ["job"])


def test_what_was_half_removed_is_removed_by_the_next_sweep(lasting: Lasting) -> None:
    lasting.make(note())
    (lasting.root / ".gone" / "left" / "files").mkdir(parents=True)
    lasting.sweep()
    assert sorted(path.name for path in lasting.root.iterdir()) == [".lock", "job"]


def test_many_who_delete_at_once_do_not_get_in_each_others_way(lasting: Lasting) -> None:
    for number in range(8):
        folder = lasting.make(note(f"job{number}"))
        for name in range(200):
            (folder / f"{name}.ts").touch()
    faults: list[Exception] = []

    def end(number: int) -> None:
        try:
            lasting.remove(f"job{number}", "token")
            lasting.sweep()
        except Unavailable as error:
            faults.append(error)

    threads = [Thread(target=end, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasting.sweep()
    assert (faults, sorted(path.name for path in lasting.root.iterdir())) == ([], [".lock"])


def test_who_ends_does_not_delete_what_others_left(lasting: Lasting) -> None:
    (lasting.make(note("other")) / "1.ts").touch()
    lasting.make(note())
    (lasting.root / ".gone").mkdir()
    (lasting.root / "other").rename(lasting.root / ".gone" / "other")
    assert lasting.remove("job", "token")
    assert (lasting.root / ".gone" / "other").exists()
    lasting.sweep()
    assert not (lasting.root / ".gone").exists()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "lasting").write_text("a file is in the way")
    with pytest.raises(Unavailable):
        Lasting(tmp_path, "here").make(note())


def test_a_new_note_is_whole_or_not_there_and_follows_no_link(lasting: Lasting, tmp_path: Path) -> None:
    folder = lasting.make(note())
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    (folder.parent / "job.json.new").symlink_to(outside)
    with pytest.raises(Unavailable):
        lasting.make(note(by="second"))
    assert outside.read_text() == "not ours"
    assert lasting.jobs() == {"job": note()}


def test_who_waits_for_the_lock_of_a_machine_that_is_adopted_meanwhile_gets_a_folder(lasting: Lasting) -> None:
    lasting.make(note())
    lock = os.open(lasting.root / ".lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    inode = os.fstat(lock).st_ino
    made: list[Path] = []
    thread = Thread(target=lambda: made.append(lasting.make(note(by="second"))))
    thread.start()
    eventually(
        lambda: any("->" in line and f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())
    )
    remove_tree(lasting.root)
    os.close(lock)
    thread.join(10)
    assert made[0].is_dir()
