"""Jobs by what they are about: one unfinished of each, found by that, and listed."""

# ruff: noqa: ANN401 - a request has many fields, each test names the few it is about

from collections.abc import Iterator
from typing import Any

import pytest
from tests.store import invariants
from tests.store.kit import World, request

from mediamill.core.job import EndedJob
from mediamill.core.service import identity_hash
from mediamill.core.states import State
from mediamill.store.adoptions import Adoptions
from mediamill.store.identities import Identities
from mediamill.store.jobs import Replay, Submitted


class Directory(World):
    """A store whose requests are about something."""

    def __init__(self, world: World) -> None:
        super().__init__(world.scripts)
        self.identities = Identities(world.scripts)

    def about(self, thing: str, **changes: Any) -> str:
        return self.submit(**self.named(thing), **changes)

    @staticmethod
    def named(thing: str) -> dict[str, Any]:
        return {"dedupe_key": identity_hash("shout", thing), "identified": True}

    def latest(self, thing: str, owner: str = "ann") -> str | None:
        return self.identities.latest(owner, "shout", thing)

    def replayed(self, thing: str, **changes: Any) -> str:
        (submitted,) = self.jobs.replay([Replay(request(**self.named(thing), **changes), self.now_ms())])
        assert isinstance(submitted, Submitted)
        return submitted.id


@pytest.fixture
def directory(world: World) -> Iterator[Directory]:
    directory = Directory(world)
    yield directory
    invariants.check(directory)


def test_another_request_about_the_same_is_the_same_job_until_that_ends(directory: Directory) -> None:
    first = directory.about("a", request_hash="1")
    assert directory.about("a", request_hash="2") == first
    assert directory.about("b", request_hash="1") != first
    assert directory.about("a", request_hash="1", owner="bob") != first
    assert directory.jobs.cancel(first)
    second = directory.about("a", request_hash="2")
    assert second != first
    assert directory.latest("a") == second


def test_the_latest_job_is_found_though_it_has_ended_and_until_it_is_forgotten(directory: Directory) -> None:
    assert directory.latest("a") is None
    first = directory.about("a")
    directory.jobs.cancel(first)
    assert directory.latest("a") == first
    assert directory.latest("a", "bob") is None
    assert directory.jobs.forget(first)
    assert directory.latest("a") is None
    assert directory.identities.page("ann", "shout").ids == []


def test_an_older_job_that_is_forgotten_takes_nothing_with_it(directory: Directory) -> None:
    first = directory.about("a")
    directory.jobs.cancel(first)
    second = directory.about("a")
    directory.jobs.forget(first)
    assert directory.latest("a") == second
    assert directory.identities.page("ann", "shout").ids == [second]


def test_the_list_has_the_latest_about_each_newest_first_in_pages(directory: Directory) -> None:
    jobs = [directory.about(str(number)) for number in range(5)]
    directory.jobs.cancel(jobs[1])
    jobs[1] = directory.about("1")
    expected = sorted(jobs, key=lambda job_id: (directory.get(job_id).created_ms, job_id), reverse=True)
    directory.about("other", owner="bob")
    found: list[str] = []
    cursor = None
    while True:
        page = directory.identities.page("ann", "shout", cursor, limit=2)
        found += page.ids
        cursor = page.next
        if cursor is None:
            break
    assert found == expected
    assert directory.identities.count("ann", "shout") == 5


def test_one_that_ended_is_not_run_again_while_another_is_unfinished(directory: Directory) -> None:
    first = directory.about("a")
    directory.jobs.cancel(first)
    second = directory.about("a")
    assert directory.jobs.redrive(first).outcome == "unchanged"
    directory.jobs.cancel(second)
    assert directory.jobs.redrive(first)
    assert directory.about("a") == first
    assert directory.jobs.redrive(second).outcome == "unchanged"


def test_one_that_is_run_again_is_found_though_a_younger_one_has_ended(directory: Directory) -> None:
    first = directory.about("a")
    directory.jobs.cancel(first)
    second = directory.about("a")
    directory.jobs.cancel(second)
    assert directory.latest("a") == second
    assert directory.jobs.redrive(first)
    assert directory.latest("a") == first
    assert directory.identities.page("ann", "shout").ids == [first]
    record = directory.get(second).model_copy(update={"version": 99})  # the younger one comes back from its files
    Adoptions(directory.scripts).adopt([EndedJob.model_validate(record.model_dump())])
    assert directory.latest("a") == first
    directory.jobs.forget(second)
    assert directory.latest("a") == first


def test_what_was_accepted_elsewhere_about_the_same_ends_by_naming_the_job_that_stands_for_it(
    directory: Directory,
) -> None:
    first = directory.about("a")
    replayed = directory.get(directory.replayed("a", request_hash="2"))
    assert (replayed.state, replayed.duplicate_of, replayed.error_code) == (State.REVOKED, first, "DUPLICATE")
    assert directory.latest("a") == first
    assert directory.get(directory.replayed("b")).state is State.PENDING
    directory.jobs.cancel(first)
    again = directory.replayed("a", request_hash="3")
    assert (directory.get(again).state, directory.latest("a")) == (State.PENDING, again)


def test_a_key_leads_to_the_job_that_it_joined(directory: Directory) -> None:
    first = directory.about("a", request_hash="1")
    assert directory.about("a", request_hash="2", idempotency="key") == first
    directory.jobs.cancel(first)
    again = directory.submitted(**directory.named("a"), request_hash="2", idempotency="key")
    assert (again.outcome, again.id) == ("replay", first)
    assert directory.submitted(**directory.named("a"), request_hash="3", idempotency="key").outcome == "reused"


@pytest.mark.parametrize("is_lost", [True, False])
def test_an_ended_job_that_comes_back_from_its_files_is_found_again(directory: Directory, *, is_lost: bool) -> None:
    first = directory.about("a")
    directory.jobs.cancel(first)
    kept = EndedJob.model_validate(directory.get(first).model_dump())
    if is_lost:
        directory.forget_all()
    else:
        directory.jobs.forget(first)
        directory.client.run("DEL", directory.keys("kept"))
    assert Adoptions(directory.scripts).adopt([kept]) == ["new"]
    assert directory.latest("a") == first
    assert directory.identities.page("ann", "shout").ids == [first]


def test_an_ended_job_that_comes_back_hides_no_younger_one(directory: Directory) -> None:
    first = directory.about("a")
    directory.jobs.cancel(first)
    kept = EndedJob.model_validate(directory.get(first).model_dump())
    directory.jobs.forget(first)
    directory.client.run("DEL", directory.keys("kept"))
    directory.wait(1)
    second = directory.about("a")
    assert Adoptions(directory.scripts).adopt([kept]) == ["new"]
    assert directory.latest("a") == second
    assert directory.identities.page("ann", "shout").ids == [second]
