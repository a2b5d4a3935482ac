"""Two machines on one folder and one store: each cleans up after itself only."""

import os
from pathlib import Path

import pytest
from tests.engine.mill import Mill, Params

from mediamill import Queue
from mediamill.core.job import Job
from mediamill.engine.keeper import Keeper
from mediamill.engine.roster import Entry, Roster, process_started
from mediamill.files.scratch import Scratch
from mediamill.media import programs
from mediamill.store.fleet import Fleet


@pytest.fixture
def there(mill: Mill) -> Keeper:
    """The keeper of another machine: the same files and store, another name, a runtime folder of its own."""
    roster, scratch = Roster(mill.folder / "run-there"), Scratch(mill.folder / "files", "there")
    litter = (mill.uploads.sweep, mill.artifacts.store.sweep)
    return Keeper(mill.attempts, Fleet(mill.scripts), roster, scratch, "there", {}, litter=litter, now=mill.clock)


def long_ago(path: Path) -> None:
    """Age a folder, so that no sweep takes it for one that was made just now."""
    os.utime(path, (1, 1))
    os.utime(path.parent, (1, 1))


def signed(job: Job, started: int) -> Entry:
    """Return the entry of a process with this one's id that started then."""
    return Entry(
        job_id=job.id,
        token=job.token or "",
        queue=Queue.DEFAULT,
        pid=os.getpid(),
        started=started,
        worker_pid=os.getpid(),
        forked=False,
        deadline=float("inf"),
        limit_s=60,
    )


def at_work(mill: Mill) -> tuple[Job, Entry, Path]:
    """An attempt of this process, its scratch folder, and that it is signed in here."""
    job = mill.claimed(Params(text="works"))
    assert job.token
    entry = signed(job, process_started(os.getpid()) or 0)
    mill.roster.enter(entry)
    folder = mill.scratch.make(job.id, job.token)
    long_ago(folder)
    return job, entry, folder


def test_a_keeper_leaves_what_another_machine_works_with(mill: Mill, there: Keeper) -> None:
    job, entry, folder = at_work(mill)
    staged = mill.uploads.staging / "upload"
    staged.parent.mkdir(parents=True)
    staged.write_text("on its way in")
    limits = programs.Limits(wall_s=600)
    with programs.start(["sleep", "600"], cwd=folder, limits=limits, tag=entry.token) as program:
        mill.roster.note_program(entry.token, program.pid)
        started = process_started(program.pid)
        there.clean()
        there.round()
        assert folder.is_dir()
        assert process_started(program.pid) == started
        assert staged.exists()
        assert [each.token for each in mill.roster.entries()] == [entry.token]
        assert there.attempts.renew([(job.id, entry.token)]) == ["held"]
        program.kill()


def test_a_keeper_takes_away_what_died_on_its_own_machine(mill: Mill, there: Keeper) -> None:
    _, entry, folder = at_work(mill)
    mine = there.scratch.make("job", "token-there")
    long_ago(mine)
    mill.roster.leave(entry.token)
    there.clean()
    assert (folder.is_dir(), mine.exists()) == (True, False)
    mill.keeper.clean()
    assert not folder.exists()


def test_the_dead_of_a_machine_are_told_by_its_own_keeper_at_once_and_by_the_sweeper_for_all(
    mill: Mill, there: Keeper
) -> None:
    job = mill.claimed(Params(text="dies"))
    assert job.token
    mill.roster.enter(signed(job, started=1))  # another process had this id once
    there.round()
    assert mill.job(job.id).worker_losses == 0
    mill.keeper.round()
    mill.keeper.round()  # first it looks, then it tells
    assert mill.job(job.id).worker_losses == 1
