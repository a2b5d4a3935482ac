"""Every index of the store follows from the records: what is in one and not in the other is a fault."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.store.kit import World

from mediamill.core.policy import rank_ms
from mediamill.core.queues import Queue
from mediamill.core.states import FINAL, RUNNING, State

Record = Mapping[str, str]

#: Keys that stand for no job.
_FIXED = {"turn", "sweeper", "clock", "machines", "machine", "paused", "probe"}


def check(world: World) -> None:
    """Raise AssertionError, naming the key, unless every key is what the records say."""
    dump = {name: content for name, (content, _) in world.dump().items()}
    records: dict[str, Record] = {
        name.removeprefix("job:"): content for name, content in dump.items() if name.startswith("job:")
    }
    expected = _derived(records)
    for name in expected.keys() | {name for name in dump if _kind(name) in _DERIVED}:
        found = _counts(dump.get(name, {})) if _kind(name) == "counts" else _scores(dump.get(name, ()))
        assert found == expected.get(name, {}), f"{name} is {found}, the records say {expected.get(name, {})}"
    _check_records(records)
    _check_lines(dump, records)
    _check_families(dump, records)
    _check_needs(dump, records)
    _check_loose(dump, records)
    _check_kept(dump, records)
    _check_turns(dump, records)
    _check_polls(dump, records)
    _check_identities(dump, records)


#: Checked by themselves, in test_cache.py: they follow from the files.
_CACHE = {"cache-sizes", "cache-used", "cache-writing", "cache-dying", "cache-pinned", "cache-totals", "cache-of"}
_DERIVED = {"waiting", "ages", "delayed", "expiry", "done", "dead", "dead_of", "counts", "index", "owned"}


def _derived(records: Mapping[str, Record]) -> dict[str, dict[str, float]]:
    """Return the indexes whose every entry and score follows from a record."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for job_id, job in records.items():
        state, queue, owner = State(job["state"]), job["queue"], job["owner"]
        place = f"{int(job['created_ms']):013d}:{job_id}"
        found["index"][place] = found[f"owned:{owner}"][place] = 0
        if state is State.PENDING:
            rank = rank_ms(int(job["queued_ms"]), int(job["priority"]))
            found[f"waiting:{queue}:{owner}"][job_id] = rank
            found[f"ages:{queue}"][job_id] = int(job["queued_ms"])
        if state is State.RETRY:
            found["delayed"][job_id] = int(job["due_ms"])
        if state is State.PENDING and "start_by_ms" in job:
            found["expiry"][job_id] = int(job["start_by_ms"])
        if state in FINAL:
            found["dead" if state is State.FAILURE else "done"][job_id] = int(job["ended_ms"])
        if state is State.FAILURE:
            found[f"dead_of:{owner}"][job_id] = int(job["ended_ms"])
        counts[queue].update(_counted(state, job))
    return {**found, **{f"counts:{queue}": dict(counter) for queue, counter in counts.items()}}


def _counted(state: State, job: Record) -> Iterator[str]:
    if state is State.PENDING:
        yield f"waiting:{job['priority']}"
    elif state is State.RETRY:
        yield "retry"
    elif state in RUNNING:
        yield "running"
    elif state is State.FAILURE:
        yield "dead"


def _check_records(records: Mapping[str, Record]) -> None:
    for job_id, job in records.items():
        running = State(job["state"]) in RUNNING
        for name in ("token", "machine"):
            assert (name in job) == running, f"{name} of {job_id}, which is {job['state']}"
        assert "stop" not in job or State(job["state"]) not in FINAL, f"{job_id} is {job['state']} and keeps a stop"
        assert (State(job["state"]) in FINAL) <= ("ended_ms" in job)
        started = running or job["state"] == "RETRY"
        assert not (started and "start_by_ms" in job), f"{job_id} started and may still expire"


def _check_lines(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    for queue in Queue:
        turns = _scores(dump.get(f"turns:{queue}", ()))
        owners = {job["owner"] for job in records.values() if job["state"] == "PENDING" and job["queue"] == queue}
        assert turns.keys() == owners, f"turns of {queue}: {turns}"
        assert len(set(turns.values())) == len(turns)
        assert all(turn <= int(dump["turn"]) for turn in turns.values())
    running = {job_id for job_id, job in records.items() if State(job["state"]) in RUNNING}
    assert _scores(dump.get("leases", ())).keys() == running


def _check_families(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """An open child is in its parents' sets, and its parents are in its own."""
    parents = {(p, c) for c in records for p in dump.get(f"parents:{c}", ())}
    children = {(name.removeprefix("children:"), c) for name in dump if _kind(name) == "children" for c in dump[name]}
    assert parents == children
    ended = {p for p, _ in children if p not in records or State(records[p]["state"]) in FINAL}
    orphans = _scores(dump.get("orphans", ())).keys()
    assert ended <= orphans, "open children of an ended parent that nobody will tell"
    final = {job_id for job_id, job in records.items() if State(job["state"]) in FINAL}
    assert orphans - final <= ended, "an orphans entry of a job that neither ended nor has children"
    assert _scores(dump.get("outbox", ())).keys() <= final


def _check_needs(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """Who may need a child's files is in both sets; what nobody needs any more is named, and nothing else."""
    askers = {(p, c) for c in records for p in dump.get(f"askers:{c}", ())}
    asked = {(name.removeprefix("asked:"), c) for name in dump if _kind(name) == "asked" for c in dump[name]}
    assert askers <= asked, "a child whose asker will never let go of it"
    open_pairs = {(p, c) for c in records for p in dump.get(f"parents:{c}", ())}
    assert {pair for pair in open_pairs if pair[1] in records} <= askers
    over = {p for p, _ in asked if p not in records or records[p]["state"] == "SUCCESS"}
    assert over <= _scores(dump.get("spent", ())).keys(), "a parent that needs nothing, and that nobody asks"
    released = _scores(dump.get("released", ())).keys()
    needed = {c for _, c in askers | open_pairs}
    free = {
        job_id
        for job_id, job in records.items()
        if job["state"] in {"SUCCESS", "REVOKED"} and job.get("is_child") == "1" and job_id not in needed
    }
    assert released == {job_id for job_id in free if "files_expired_ms" not in records[job_id]} | (
        released & {job_id for job_id in free if "files_expired_ms" in records[job_id]}
    )


def _check_loose(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """No key is left of a job that is gone; a dedupe key names a job that may stand for its request."""
    for name, content in dump.items():
        kind, _, rest = name.partition(":")
        if kind == "dedupe":
            job = records[content]
            assert rest == f"{job['owner']}:{job['dedupe_key']}"
            assert State(job["state"]) not in FINAL or (job["state"] == "SUCCESS" and job.get("keep_dedupe") == "1")
        elif kind in {"job", "events", "log", "parts", "parents", "askers"}:
            assert rest in records, f"{name} is left of a job that is gone"
        else:
            known = _DERIVED | _FIXED | {"turns", "leases", "outbox", "orphans", "children", "broker", "idempotency"}
            known |= {"kept", "completed", "claimed", "asked", "spent", "released", *_CACHE}
            known |= {"shared", "holders", "line", "asking"}
            known |= {"polls", "pollers", "stumbles", "identified", "identities"}
            assert kind in known, f"an unknown key: {name}"
    assert all(f"events:{job_id}" in dump for job_id in records)


def _check_kept(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """The list of jobs with files has every finished one by its end, none that is alive, and some without a record."""
    kept = _scores(dump.get("kept", ()))
    for job_id, job in records.items():
        if State(job["state"]) not in FINAL:
            assert job_id not in kept, f"the files of {job_id}, which is {job['state']}, would go"
        elif "files_expired_ms" not in job:
            assert kept.get(job_id) == int(job["ended_ms"]), f"the files of {job_id} would stay for ever"


def _check_turns(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """A turn is held by an attempt that runs, a place by a job that has not ended, and both are in the record."""
    for name, content in dump.items():
        kind, _, shared = name.partition(":")
        if kind == "holders":
            assert all(records[job_id]["token"] == token for job_id, token in content.items()), f"{name}: {content}"
        if kind == "line":
            places = _scores(content).keys()
            assert not any(State(records[job_id]["state"]) in FINAL for job_id in places), f"{name}: {places}"
            assert places == _scores(dump[f"asking:{shared}"]).keys()
        if kind in {"holders", "line"}:
            jobs = content if kind == "holders" else _scores(content)
            assert all(shared in json.loads(records[job_id]["turns"]) for job_id in jobs)


def _check_polls(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """Those that wait to be looked at are in the list of their service, unless they are paused; nobody else is."""
    waiting: dict[str, set[str]] = defaultdict(set)
    for job_id, job in records.items():
        if "poll_at_ms" in job:
            assert job["state"] == "RETRY", f"{job_id} is {job['state']}, and is to be looked at"
            if "poll_paused" not in job:
                waiting[f"polls:{job['service']}"].add(job_id)
    found = {name: set(_scores(content)) for name, content in dump.items() if _kind(name) == "polls"}
    assert found == waiting


def _check_identities(dump: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    """The unfinished job about a thing, else the latest, is found by that, and in its service's list."""
    about: dict[str, list[str]] = defaultdict(list)
    for job_id, job in records.items():
        if job.get("identified") == "1":
            about[f"identified:{job['dedupe_key']}:{job['owner']}"].append(job_id)
    lists: dict[str, set[str]] = defaultdict(set)
    for key, job_ids in about.items():
        unfinished = [each for each in job_ids if State(records[each]["state"]) not in FINAL | {State.CANCELLING}]
        assert len(unfinished) <= 1, f"{unfinished} are about the same"
        assert not unfinished or dump.get(key) == unfinished[0], f"{unfinished[0]} is not found by what it is about"
        if key in dump:  # the latest was forgotten, and older ones are not
            latest = records[dump[key]]
            place = f"{int(latest['created_ms']):013d}:{dump[key]}"
            lists[f"identities:{latest['service']}:{latest['owner']}"].add(place)
    assert {name for name in dump if _kind(name) == "identified"} <= about.keys()
    assert {name: set(_scores(content)) for name, content in dump.items() if _kind(name) == "identities"} == lists


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _scores(content: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return a sorted set as member -> score."""
    return {member: float(score) for member, score in content}


def _counts(content: Mapping[str, str]) -> dict[str, int]:
    """Return a hash of counts without its zeros."""
    return {name: int(number) for name, number in content.items() if int(number)}
