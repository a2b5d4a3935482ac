"""A client changes the files of a finished job."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.engine.mill import Mill, Params

from mediamill import Context, PermanentError, Result
from mediamill.core.errors import Conflict
from mediamill.core.job import Job
from mediamill.engine import ended
from mediamill.engine.purge import UNNAMED_AFTER_S, Purger
from mediamill.engine.revise import Reviser

DAY_S = 86_400.0


@dataclass
class Desk:
    """A finished job with two files, and who changes them."""

    mill: Mill
    job: Job
    reviser: Reviser
    folder: Path

    def file(self, text: str) -> Path:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.txt"
        path.write_text(text)
        return path

    def read(self, name: str) -> str:
        artifact = self.mill.job(self.job.id).files[name]
        return b"".join(self.mill.artifacts.store.read(artifact.key)).decode()

    def settle(self) -> None:
        """Let the sweeper write `job.json`."""
        self.mill.sweeper.sweep()
        assert self.mill.sweeper.settler.work()

    def revise(self, text: str, job: Job | None = None) -> Job:
        return self.reviser.revise(job or self.job, {"cards.json": self.file(text)})


def _made(_params: Params, ctx: Context) -> Result:
    files = {name: ctx.scratch / name for name in ("cards.json", "deck.apkg")}
    for name, path in files.items():
        path.write_text(f"first {name}")
    return Result(files, {"cards": 2})


@pytest.fixture
def desk(mill: Mill, tmp_path: Path) -> Desk:
    job = mill.run(mill.service(_made))
    (folder := tmp_path / "changes").mkdir()
    return Desk(mill, job, Reviser(mill.jobs, mill.artifacts), folder)


def test_a_changed_file_takes_the_place_of_the_old_one_and_others_stay(desk: Desk) -> None:
    changed = desk.revise("second")
    assert (desk.read("cards.json"), desk.read("deck.apkg")) == ("second", "first deck.apkg")
    now = desk.mill.job(desk.job.id)
    assert now == changed
    assert (now.version, now.data, now.history) == (desk.job.version + 1, desk.job.data, desk.job.history)
    assert desk.mill.jobs.events(desk.job.id)[-1].data["name"] == "cards.json"


def test_a_changed_job_stands_for_no_repeat_of_its_request(desk: Desk) -> None:
    mill, cached = desk.mill, desk.mill.service(_made, dedupe="cached")
    job = mill.run(cached, Params(text="cached"))
    assert mill.submit(cached, Params(text="cached")).id == job.id
    changed = desk.revise("second", job)
    assert not changed.keep_dedupe
    assert mill.submit(cached, Params(text="cached")).id != job.id


def test_a_file_of_a_new_name_joins_the_others(desk: Desk) -> None:
    desk.reviser.revise(desk.job, {"notes.txt": desk.file("mine")})
    assert set(desk.mill.job(desk.job.id).files) == {"cards.json", "deck.apkg", "notes.txt"}


def test_two_changes_of_the_same_version_are_not_both_made(desk: Desk) -> None:
    desk.revise("mine")
    with pytest.raises(Conflict, match=r"cards\.json was changed meanwhile") as refused:
        desk.revise("theirs")
    assert refused.value.code == "FILE_CHANGED"
    assert desk.read("cards.json") == "mine"


def test_a_record_that_changed_elsewhere_does_not_hinder(desk: Desk) -> None:
    desk.reviser.revise(desk.job, {"notes.txt": desk.file("theirs")})
    assert desk.revise("mine").files.keys() == {"cards.json", "deck.apkg", "notes.txt"}
    assert desk.read("cards.json") == "mine"


def test_of_many_at_once_one_wins_each_round(desk: Desk) -> None:
    outcomes = list[str]()
    paths = [desk.file(str(number)) for number in range(8)]

    def change(path: Path) -> None:
        try:
            desk.reviser.revise(desk.job, {"cards.json": path})
        except Conflict as refused:
            outcomes.append(refused.code)
        else:
            outcomes.append(path.read_text())

    threads = [threading.Thread(target=change, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (outcome for outcome in outcomes if outcome != "FILE_CHANGED")
    assert desk.read("cards.json") == winner


def test_the_change_is_written_beside_the_files_and_only_then_is_the_old_one_deleted(desk: Desk) -> None:
    mill, old = desk.mill, desk.job.files["cards.json"]
    desk.settle()
    desk.revise("second")
    late = Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: time.time() + UNNAMED_AFTER_S + 60)
    late.collect(desk.job.id, keep_s=DAY_S)
    assert mill.artifacts.exist([old])  # `job.json` still names it
    desk.settle()
    assert ended.read(mill.artifacts, desk.job.id).files == mill.job(desk.job.id).files
    late.collect(desk.job.id, keep_s=DAY_S)
    assert not mill.artifacts.exist([old])
    assert desk.read("cards.json") == "second"


def test_a_job_without_a_result_has_nothing_to_change(desk: Desk) -> None:
    def fail(_params: Params, _ctx: Context) -> Result:
        raise PermanentError("no")

    failed = desk.mill.run(desk.mill.service(fail), Params(text="another"))
    with pytest.raises(Conflict) as refused:
        desk.revise("x", failed)
    assert refused.value.code == "FILES_FIXED"


def test_files_that_are_over_are_not_changed(desk: Desk) -> None:
    desk.mill.jobs.retention.expire(desk.job.id, desk.mill.scripts.now_ms())
    with pytest.raises(Conflict) as refused:
        desk.revise("x")
    assert refused.value.code == "FILES_FIXED"


def test_a_job_whose_record_was_forgotten_stays_as_it_is(desk: Desk) -> None:
    desk.mill.jobs.forget(desk.job.id)
    with pytest.raises(Conflict):
        desk.revise("x")


def test_a_job_that_goes_while_it_is_changed_is_not_found(desk: Desk) -> None:
    desk.mill.jobs.purge(desk.job.id)
    with pytest.raises(Conflict):
        desk.revise("x")


def test_a_version_that_is_behind_is_read_again(desk: Desk) -> None:
    behind = desk.job.model_copy(update={"version": desk.job.version - 1})
    assert desk.revise("second", behind).version == desk.job.version + 1
