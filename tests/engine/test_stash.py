"""What is accepted while the store is away, and how it is found and changed meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from tests.engine.mill import Mill, Params
from tests.engine.node import Node, make_node

from mediamill import Context, Queue, Result
from mediamill.core.errors import InvalidInput, KeyReused, PermanentError, Unavailable
from mediamill.core.job import Job
from mediamill.core.service import Files
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.stash import Stash
from mediamill.engine.submit import Ask, Parent, Submitter
from mediamill.engine.vault import Vault
from mediamill.files.uploads import ReceivedUpload
from mediamill.settings import KeepSettings, SecretSettings
from mediamill.store.spool import Entry


def never(_params: Params, _ctx: Context) -> Result:
    raise AssertionError("this job is not run")


def look(params: Params, _files: Files) -> None:
    if params.text == "bad":
        raise InvalidInput("a better text is wanted", field="text")


@pytest.fixture
def node(mill: Mill) -> Node:
    made = make_node(mill, mill.service(never, inputs=("file",), check=look, dedupe="cached"))
    made.away()
    return made


def received(node: Node, body: bytes = b"body") -> dict[str, ReceivedUpload]:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return {"file": asyncio.run(node.mill.uploads.receive(chunks(), "notes.md", 1_000))}


# ---- accepting


def test_a_request_is_accepted_and_found_as_the_job_that_it_will_be(node: Node) -> None:
    submitted = node.submit("aloud", priority=3, correlation_id="c", received=received(node))
    assert (submitted.outcome, submitted.state, submitted.spooled) == ("new", State.PENDING, True)
    job = node.found(submitted.id)
    assert (job.owner, job.service, job.state, job.priority) == ("ann", "work", State.PENDING, 3)
    assert (job.params["text"], job.correlation_id, job.uploads["file"].filename) == ("aloud", "c", "notes.md")
    assert job.created_ms == job.queued_ms > 0
    assert node.mill.stored() == [job.uploads["file"].key]
    assert node.desk.waits_here(job.id)


def test_while_the_store_is_there_nothing_waits_here(node: Node) -> None:
    node.away(away=False)
    submitted = node.submit()
    assert not submitted.spooled
    assert not node.spool.exists
    assert not node.desk.waits_here(submitted.id)


def test_a_request_that_is_wrong_is_refused_as_ever(node: Node) -> None:
    with pytest.raises(InvalidInput):
        node.submit("bad")
    assert not node.spool.exists


def test_nothing_that_a_request_says_lies_in_clear(node: Node) -> None:
    node.submit(params=Params(text="a-private-text", cookie=SecretStr("a-secret-cookie")), idempotency_key="a-key")
    content = b"".join(path.read_bytes() for path in node.spool.folder.iterdir())
    for clear in (b"a-private-text", b"a-secret-cookie", b"a-key"):
        assert clear not in content


def test_a_full_spool_refuses_and_keeps_the_uploads_for_collection(mill: Mill) -> None:
    node = make_node(mill, mill.service(never), requests=1)
    node.away()
    node.submit("one")
    with pytest.raises(Unavailable, match="1 requests wait"):
        node.submit("two")


def test_without_a_stash_a_store_that_is_away_refuses_as_before(node: Node) -> None:
    with pytest.raises(Unavailable):
        node.mill.submit(node.service)


def test_a_child_is_not_kept_here_since_its_parent_waits(node: Node) -> None:
    node.away(away=False)
    parent = node.mill.claimed()
    node.away()
    with pytest.raises(Unavailable):
        node.submitter.submit(Ask(service=node.service, params=Params(), owner="ann", parent=Parent(parent, 1)))
    assert not node.spool.exists


# ---- repeats


def test_the_same_request_joins_unless_forced_or_anothers(node: Node) -> None:
    first = node.submit(received=received(node))
    again = node.submit(received=received(node), priority=5)
    assert (again.outcome, again.id, again.spooled) == ("alive", first.id, True)
    assert node.found(first.id).priority == 5
    assert node.mill.stored() == [node.found(first.id).uploads["file"].key]
    others = [node.submit(received=received(node), **other).id for other in ({"force": True}, {"owner": "bob"})]
    assert len({first.id, *others}) == 3


def test_a_key_replays_the_request_that_it_came_with_and_no_other(node: Node) -> None:
    first = node.submit(received=received(node), idempotency_key="k")
    again = node.submit(received=received(node), idempotency_key="k")
    assert (first.outcome, again.outcome, again.id) == ("new", "replay", first.id)
    with pytest.raises(KeyReused):
        node.submit(received=received(node, b"other"), idempotency_key="k")
    assert node.mill.stored() == [node.found(first.id).uploads["file"].key]
    assert node.submit(received=received(node), idempotency_key="k", owner="bob").id != first.id
    node.drain()
    assert (node.submit(received=received(node), idempotency_key="k").outcome, len(node.mill.stored())) == ("replay", 2)


def test_a_repeat_takes_no_upload_from_a_request_that_is_handed_on_meanwhile(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = node.submit(received=received(node), idempotency_key="k")
    accept = node.spool.accept
    monkeypatch.setattr(node.spool, "accept", lambda entry: (accept(entry), node.drain())[0])
    assert node.submit(received=received(node), idempotency_key="k").outcome == "replay"
    assert node.mill.stored() == [node.mill.job(first.id).uploads["file"].key]


@pytest.mark.parametrize("other_node", [False, True])
def test_a_repeat_that_joins_a_twin_in_the_store_takes_no_upload_from_what_waits(
    node: Node, tmp_path: Path, *, other_node: bool
) -> None:
    """It was accepted under its key while the store was away; now the store answers, and knows only a twin."""
    node.away(away=False)
    twin = node.submit(received=received(node))
    node.away()
    first = node.submit(received=received(node), idempotency_key="k")
    node.away(away=False)
    asked = make_node(node.mill, node.service, tmp_path / "other") if other_node else node
    again = asked.submit(received=received(node), idempotency_key="k")
    assert (first.outcome, again.outcome, again.id) == ("new", "alive", twin.id)
    node.drain()
    assert node.mill.files.size(node.mill.job(first.id).uploads["file"].key) is not None


def test_a_repeat_takes_no_upload_from_a_request_that_cannot_be_read_here(node: Node) -> None:
    first = node.submit(received=received(node), idempotency_key="k")
    key = node.found(first.id).uploads["file"].key
    rooms = node.mill
    blind = Stash(node.spool, Vault(SecretSettings((Fernet.generate_key().decode(),))))
    submitter = Submitter(rooms.jobs, rooms.artifacts, rooms.uploads, rooms.vault, KeepSettings(), stash=blind)
    ask = Ask(node.service, Params(), "ann", received=received(node), idempotency_key="k")
    assert submitter.submit(ask).outcome == "replay"
    assert node.mill.stored() == [key]


# ---- looking and changing meanwhile


def test_a_cancelled_request_is_revoked_at_once_and_not_joined(node: Node) -> None:
    job_id = node.submit().id
    moved = node.desk.cancel(job_id)
    assert (moved.outcome, moved.state) == ("moved", State.REVOKED)
    job = node.found(job_id)
    assert (job.state, job.ended_ms is not None) == (State.REVOKED, True)
    assert node.desk.cancel(job_id).outcome == "unchanged"
    assert node.desk.prioritise(job_id, 4).outcome == "unchanged"
    assert node.submit().id != job_id
    assert node.submit(idempotency_key="k").outcome == "alive"


def test_a_waiting_request_may_be_given_another_priority(node: Node) -> None:
    job_id = node.submit().id
    before = node.found(job_id)
    assert node.desk.prioritise(job_id, -4)
    assert (node.found(job_id).priority, node.found(job_id).version) == (-4, before.version + 1)


def test_a_job_that_nobody_here_knows_is_unsure_while_the_store_is_away(node: Node) -> None:
    for ask in (node.desk.find, node.desk.cancel, lambda job_id: node.desk.prioritise(job_id, 1)):
        with pytest.raises(Unavailable):
            ask("nowhere")
    node.away(away=False)
    assert node.desk.find("nowhere") is None
    assert node.desk.cancel("nowhere").outcome == "none"


def test_a_finished_job_is_told_from_its_files_while_the_store_is_away(node: Node) -> None:
    node.away(away=False)
    job = node.mill.claimed()
    assert node.mill.attempts.succeed(job.id, job.token or "", {}, {"n": 1})
    node.mill.artifacts.write_record(job.id, ended.dump(node.mill.job(job.id), {}))
    node.away()
    assert (node.found(job.id).state, node.found(job.id).data) == (State.SUCCESS, {"n": 1})
    node.mill.files.refuses = "FILES_UNAVAILABLE"


def test_between_the_stores_return_and_the_replay_it_is_found_and_changed_here(node: Node) -> None:
    first, second = node.submit("one"), node.submit("two")
    node.away(away=False)
    assert node.found(first.id).state is State.PENDING
    assert node.desk.prioritise(second.id, 7)
    assert node.desk.cancel(first.id)
    assert node.drain() == 2
    assert (node.mill.job(first.id).state, node.mill.job(second.id).priority) == (State.REVOKED, 7)


def test_a_job_that_is_handed_on_between_two_looks_is_found(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store has not got it yet when it is asked, and the spool no longer has it then."""
    get, cancel = node.spool.get, node.spool.cancel
    first, second = node.submit("one").id, node.submit("two").id
    node.away(away=False)
    monkeypatch.setattr(node.spool, "get", lambda job_id: (node.drain(), get(job_id))[1])
    assert node.found(first).state is State.PENDING
    monkeypatch.undo()
    node.away()
    node.submit("three")
    third = node.submit("four").id
    node.away(away=False)
    monkeypatch.setattr(node.spool, "cancel", lambda job_id: (node.drain(), cancel(job_id))[1])
    assert node.desk.cancel(third).state is State.REVOKED
    assert node.mill.job(third).state is State.REVOKED
    assert node.mill.job(second).state is State.PENDING


def test_a_spool_that_cannot_be_read_hides_no_job_of_the_store(node: Node) -> None:
    node.away(away=False)
    job_id = node.submit().id
    node.spool.folder.mkdir()
    (node.spool.folder / "spool.db").write_bytes(b"spoilt" * 500)
    assert node.found(job_id).state is State.PENDING
    assert not node.desk.waits_here(job_id)
    with pytest.raises(Unavailable, match="not a database"):
        node.desk.find("nowhere")


# ---- keys for secrets


def test_a_request_whose_key_is_missing_is_known_without_its_parameters(node: Node) -> None:
    job_id = node.submit().id
    stranger = Stash(node.spool, Vault(SecretSettings((Fernet.generate_key().decode(),))))
    job = stranger.job(job_id)
    assert isinstance(job, Job)
    assert (job.owner, job.service, job.params) == ("ann", "work", {})
    kept = node.spool.get(job_id)
    assert kept is not None
    with pytest.raises(PermanentError, match="MEDIAMILL_SECRET_KEYS"):
        stranger.opened(kept)


def test_a_payload_of_another_version_is_told_without_its_content(node: Node) -> None:
    sealed = node.mill.vault.seal(b'{"id": "a-private-id"}')
    node.spool.accept(Entry("a", "ann", "work", Queue.CPU, None, "h", sealed, 0))
    kept = node.spool.get("a")
    assert kept is not None
    with pytest.raises(PermanentError, match="another version") as refused:
        node.stash.opened(kept)
    assert "private" not in refused.value.message
