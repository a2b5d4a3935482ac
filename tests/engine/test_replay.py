"""Handing on what was accepted: oldest first, nothing lost, nothing twice, whoever is killed."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from threading import Event

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from tests.engine.mill import Mill, Params, make_mill
from tests.engine.node import Node, make_node

from mediamill import Context, Queue, Result
from mediamill.core.errors import Unavailable
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine import replay
from mediamill.engine.replay import READMIT_EVERY_S, Replayer
from mediamill.engine.stash import Stash
from mediamill.engine.vault import Vault
from mediamill.settings import RedisSettings, SecretSettings
from mediamill.store.jobs import Moved, Request, Submitted
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
ACCEPTED = 1_200


def speak(params: Params, ctx: Context) -> Result:
    assert params.cookie is None or params.cookie.get_secret_value() == "a-secret-cookie"
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path})


@pytest.fixture
def node(mill: Mill) -> Node:
    made = make_node(mill, mill.service(speak, dedupe="cached"))
    made.away()
    return made


def claimed(node: Node) -> list[str]:
    """Claim everything that waits, in order."""
    ids = []
    while job := node.mill.attempts.claim(Queue.DEFAULT, machine="m", worker="w"):
        ids.append(job.id)
    return ids


# ---- handing on


def test_what_waited_becomes_jobs_in_the_order_of_acceptance(node: Node) -> None:
    ids = [node.submit(f"{number}", correlation_id=f"c{number}").id for number in range(5)]
    accepted = [node.found(job_id) for job_id in ids]
    assert node.drain() == 5
    jobs = [node.mill.job(job_id) for job_id in ids]
    assert [(job.created_ms, job.params, job.correlation_id) for job in jobs] == [
        (job.created_ms, job.params, job.correlation_id) for job in accepted
    ]
    assert sorted(claimed(node)) == sorted(ids)
    assert (node.spool.level().waiting, node.desk.waits_here(ids[0]), node.drain()) == (0, False, 0)


def test_a_replayed_job_runs_with_its_secrets_and_its_files(node: Node) -> None:
    job_id = node.submit(params=Params(text="aloud", cookie=SecretStr("a-secret-cookie"))).id
    node.drain()
    node.mill.take(node.service)
    job = node.mill.job(job_id)
    assert (job.state, list(job.files)) == (State.SUCCESS, ["said.txt"])


def test_while_the_store_is_away_everything_stays(node: Node) -> None:
    node.submit()
    assert node.replayer.drain(Event()) == 0
    with pytest.raises(Unavailable):
        node.replayer.round()
    assert node.spool.level().waiting == 1


def test_a_request_that_the_store_had_after_all_is_one_job(node: Node) -> None:
    """Its answer was lost: a time-out does not tell whether the store has taken a job."""
    job_id = node.submit(idempotency_key="k").id
    kept = node.spool.oldest(1, 1)[0]
    node.away(away=False)
    node.mill.jobs.submit(node.stash.opened(kept).request)
    node.mill.take(node.service)
    version = node.mill.job(job_id).version
    assert node.drain() == 1
    assert (node.mill.job(job_id).version, node.mill.job(job_id).state) == (version, State.SUCCESS)
    assert list(node.mill.jobs.all_ids()) == [job_id]


def test_a_twin_that_came_over_another_node_is_named(node: Node) -> None:
    twin = node.submit().id
    other = make_node(node.mill, node.service, node.mill.folder / "other").submit().id
    assert other != twin
    node.drain()
    make_node(node.mill, node.service, node.mill.folder / "other").drain()
    assert (node.mill.job(twin).duplicate_of, node.mill.job(other).duplicate_of) == (None, twin)


def test_the_same_key_on_two_nodes_is_one_job(node: Node) -> None:
    other = make_node(node.mill, node.service, node.mill.folder / "other")
    ids = {each.submit(idempotency_key="k").id for each in (node, other)}
    assert (len(ids), node.drain(), other.drain()) == (1, 1, 1)
    assert set(node.mill.jobs.all_ids()) == ids


def test_what_was_cancelled_never_runs(node: Node) -> None:
    job_id = node.submit().id
    node.desk.cancel(job_id)
    node.drain()
    assert (node.mill.job(job_id).state, claimed(node)) == (State.REVOKED, [])


def test_what_came_too_late_fails_as_expired(node: Node) -> None:
    late, soon = node.submit("late", start_in_s=5).id, node.submit("soon", start_in_s=3_600).id
    node.mill.forward(60)
    node.drain()
    assert (node.mill.job(late).state, node.mill.job(late).error_code) == (State.FAILURE, "EXPIRED")
    assert claimed(node) == [soon]


def test_a_change_that_comes_between_the_store_and_the_drop_is_made_in_the_next_round(node: Node) -> None:
    first, second, third = (node.submit(text).id for text in ("one", "two", "three"))
    node.away(away=False)
    opened = [node.stash.opened(kept) for kept in node.spool.oldest(9, 9_999_999)]
    node.mill.jobs.replay(opened)  # and then the process was killed
    node.spool.cancel(first)
    node.spool.prioritise(second, 6)
    assert node.drain() == 3
    assert node.mill.job(first).state is State.REVOKED
    assert (node.mill.job(second).priority, node.mill.job(third).priority) == (6, 0)
    assert node.spool.level().waiting == 0


def test_what_is_changed_while_it_is_handed_on_stays_for_another_round(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = node.submit().id
    drop = node.spool.drop
    monkeypatch.setattr(node.spool, "drop", lambda taken: (node.spool.cancel(job_id), drop(taken))[1])
    assert (node.drain(), node.spool.level().waiting) == (0, 1)
    monkeypatch.undo()
    assert node.drain() == 1
    assert node.mill.job(job_id).state is State.REVOKED


# ---- what cannot be handed on


def test_what_the_store_refuses_is_set_aside_and_the_others_go_on(node: Node) -> None:
    bobs, anns = node.submit(owner="bob").id, node.submit().id
    node.away(away=False)
    node.mill.scripts.client.run("SET", node.mill.scripts.keys("owned", "bob"), "spoilt")
    assert node.drain() == 2
    assert node.mill.job(anns).state is State.PENDING
    ((refused, why),) = node.spool.refusals()
    assert (refused, "WRONGTYPE" in why, node.spool.level().refused) == (bobs, True, 1)
    assert node.found(bobs).state is State.PENDING
    # When the cause is mended it goes on, in a while or at the next start.
    node.mill.scripts.client.run("DEL", node.mill.scripts.keys("owned", "bob"))
    assert node.drain() == 0
    node.mill.clock.forward(READMIT_EVERY_S)
    assert node.drain() == 1
    assert node.mill.job(bobs).state is State.PENDING


def test_what_cannot_be_decrypted_waits_for_its_key(node: Node) -> None:
    job_id = node.submit("sealed").id
    node.away(away=False)
    stranger = Stash(node.spool, Vault(SecretSettings((Fernet.generate_key().decode(),))))
    assert Replayer(stranger, node.mill.jobs).drain(Event()) == 1
    ((refused, why),) = node.spool.refusals()
    assert (refused, "MEDIAMILL_SECRET_KEYS" in why) == (job_id, True)
    assert node.drain() == 1
    assert node.mill.job(job_id).params["text"] == "sealed"


def test_an_id_that_stands_for_another_request_is_set_aside(node: Node) -> None:
    node.away(away=False)
    job_id = node.submit("first", idempotency_key="k").id
    node.away()
    assert node.submit("second", idempotency_key="k").id == job_id  # this node cannot know of the first
    assert node.drain() == 1
    ((refused, why),) = node.spool.refusals()
    assert (refused, "Idempotency-Key" in why) == (job_id, True)
    assert node.mill.job(job_id).params["text"] == "first"


def test_a_change_that_the_store_refuses_sets_only_its_own_request_aside(node: Node) -> None:
    node.away(away=False)
    job_id = node.submit("one", idempotency_key="k").id
    node.away()
    node.submit("one", idempotency_key="k")
    node.desk.prioritise(job_id, 3)
    other = node.submit("two").id
    node.away(away=False)
    node.mill.scripts.client.run("HSET", node.mill.scripts.keys("job", job_id), "queued_ms", "spoilt")
    assert node.spool.level().waiting == 2
    node.mill.scripts.client.run("HSET", node.mill.scripts.keys("job", job_id), "queued_ms", "1")
    node.mill.scripts.client.run("SET", node.mill.scripts.keys("expiry"), "spoilt")
    assert node.replayer.round() == 2
    assert {refused for refused, _ in node.spool.refusals()} == {job_id, other}
    node.mill.scripts.client.run("DEL", node.mill.scripts.keys("expiry"))
    node.mill.clock.forward(READMIT_EVERY_S)
    assert node.drain() == 2
    assert node.mill.job(job_id).priority == 3


def test_a_store_that_goes_away_between_the_job_and_its_change_leaves_both_for_later(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.away(away=False)
    job_id = node.submit("one", idempotency_key="k").id
    node.away()
    node.submit("one", idempotency_key="k")
    node.desk.cancel(job_id)
    node.away(away=False)
    cancel = node.mill.jobs.cancel

    def too_late(job_id: str) -> Moved:
        node.away()
        return cancel(job_id)

    monkeypatch.setattr(node.mill.jobs, "cancel", too_late)
    assert node.replayer.drain(Event()) == 0
    monkeypatch.undo()
    assert node.drain() == 1
    assert node.mill.job(job_id).state is State.REVOKED


# ---- one drainer


def test_one_of_a_nodes_processes_drains_and_another_when_it_is_gone(node: Node) -> None:
    other = Replayer(node.stash, node.mill.jobs)
    assert not node.replayer.elected()  # there is nothing to drain yet
    node.submit()
    assert node.replayer.elected()
    assert node.replayer.elected()
    assert not other.elected()
    node.replayer.close()
    assert other.elected()
    other.close()


def test_the_drainer_hands_on_what_comes_until_it_is_stopped(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "LOOK_EVERY_S", 0.01)
    stop = Event()
    draining = threading.Thread(target=node.replayer.run, args=(stop,))
    draining.start()
    try:
        for text in ("one", "two"):
            node.away()
            job_id = node.submit(text).id
            node.away(away=False)
            assert eventually(lambda job_id=job_id: node.mill.jobs.get(job_id))  # type: ignore[misc]
    finally:
        stop.set()
        draining.join(5)
    assert not draining.is_alive()
    assert Replayer(node.stash, node.mill.jobs).elected()


# ---- killed


def told(node: Node, job: Job) -> int:
    """Return how often the job was submitted, as its events tell it."""
    return sum(event.data.get("event") == "submit" for event in node.mill.jobs.events(job.id))


def gone(_request: Request) -> Submitted:
    raise Unavailable("the store is away")


def test_a_drainer_that_is_killed_again_and_again_loses_and_doubles_nothing(
    scripts: Scripts, redis_settings: RedisSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mill = make_mill(scripts, tmp_path)
    key = Fernet.generate_key().decode()
    mill.vault = Vault(SecretSettings((key,)))
    node = make_node(mill, mill.service(speak))
    monkeypatch.setattr(mill.jobs, "submit", gone)
    ids = [node.submit(f"{number}").id for number in range(ACCEPTED)]
    argv = [sys.executable, "-m", "tests.engine.node", redis_settings.url, redis_settings.prefix]
    argv += [str(node.spool.folder), key]
    for _ in range(3):
        waiting = node.spool.level().waiting
        drainer = subprocess.Popen(argv, cwd=ROOT)
        try:
            eventually(lambda waiting=waiting: node.spool.level().waiting < waiting - 50, within_s=20)  # type: ignore[misc]
        finally:
            drainer.send_signal(signal.SIGKILL)
            drainer.wait(10)
    left = node.spool.level().waiting
    assert 0 < left < ACCEPTED
    node.replayer.drain(Event())
    jobs = mill.jobs.get_many(ids)
    assert [job.id for job in jobs] == ids
    assert [job.created_ms for job in jobs] == sorted(job.created_ms for job in jobs)
    assert sorted(mill.jobs.all_ids()) == sorted(ids)
    assert {told(node, job) for job in jobs[::7]} == {1}
    assert mill.scripts.client.run("ZCARD", mill.scripts.keys("ages", "default")) == len(ids)
    assert node.spool.level().waiting == 0
