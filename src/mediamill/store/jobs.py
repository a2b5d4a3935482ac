"""Jobs as clients and operators see and move them. Every change is one atomic Lua move."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import structlog
from redis.exceptions import ResponseError

from mediamill.core.events import Event, EventName, LogLine
from mediamill.core.job import Artifact, Job, Upload
from mediamill.core.queues import Queue
from mediamill.core.states import Move, State
from mediamill.store.keys import Keys
from mediamill.store.record import dump_json, dump_models, load_job
from mediamill.store.retention import Retention
from mediamill.store.scripts import Scripts

_log = structlog.get_logger("mediamill.jobs")

Outcome = Literal["moved", "unchanged", "stale", "none"]
SubmitOutcome = Literal["new", "alive", "cached", "replay", "reused", "stale", "cycle", "full", "unknown", "expired"]

#: What is read of a record that is one of many.
_LISTED: Final = tuple(name for name in Job.model_fields if name not in {"id", "params"})
#: Records looked at for one page of a filtered list; the page's cursor goes on from there.
SCANNED_PER_PAGE = 1_000


@dataclass(frozen=True)
class Moved:
    """What a move did: its outcome, and the state the job is in now (None: there is no such job).

    waiting: how many jobs wait in its queue, told when an attempt has ended.
    """

    outcome: Outcome
    state: State | None
    waiting: int = field(default=0, compare=False)

    def __bool__(self) -> bool:
        """Whether the job moved."""
        return self.outcome == "moved"


@dataclass(frozen=True)
class Request:
    """What the submit move takes.

    dedupe_key: the same for the same request of one owner; keep_dedupe: a SUCCESS stands for it too; identified: it is
    the digest of what the job is about, and the owner has no other unfinished job about that.
    idempotency: hash of owner, route and Idempotency-Key. request_hash: of params and uploads.
    seen: a finished job whose files are there. Only such a one may stand for an Idempotency-Key.
    waiting_limit: a new job is refused when so many of its queue would come before it; None: however many do.
    tied: of a parent's: a job in its own right, that is cancelled when its last parent is gone.
    """

    id: str
    service: str
    owner: str
    queue: Queue
    params: dict[str, object]
    uploads: dict[str, Upload]
    request_hash: str
    time_limit_s: float
    priority: int = 0
    dedupe_key: str | None = None
    keep_dedupe: bool = False
    identified: bool = False
    force: bool = False
    cache_ttl_ms: int = 0
    seen: str | None = None
    idempotency: str | None = None
    start_in_ms: int | None = None
    correlation_id: str = ""
    traceparent: str | None = None
    parent: str | None = None
    parent_token: str | None = None
    waiting_limit: int | None = None
    tied: bool = False


@dataclass(frozen=True)
class Wanted:
    """A child that a running attempt asks for, as far as it needs no more than to be found.

    id: should it be a child of this parent's own. request_hash: its dedupe key, too. cache_ttl_ms: how old a SUCCESS
    may be that stands for it; 0: none may. tied: as of Request.
    """

    id: str
    owner: str
    request_hash: str
    priority: int
    cache_ttl_ms: int
    parent: str
    parent_token: str | None
    tied: bool = False


@dataclass(frozen=True)
class Replay:
    """A request that was accepted under its id while the store was away.

    accepted_ms: when, Unix milliseconds of the clock there. cancelled: somebody cancelled it since then.
    """

    request: Request
    accepted_ms: int
    cancelled: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why the store does not take one of many."""

    why: str


@dataclass(frozen=True)
class Submitted:
    """Which job stands for a request, and where it stands.

    spooled: it waits on this node for the store. job: its record, where that was looked at.
    oldest_age_s: of what waits in the queue, when that is full.
    """

    outcome: SubmitOutcome
    id: str
    state: State
    spooled: bool = False
    job: Job | None = field(default=None, compare=False)
    oldest_age_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Standing:
    """Where a job stands. state: None, there is no such job. token: of the attempt by which it ended last, or ""."""

    state: State | None
    token: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a list; `next` continues it, None at its end."""

    jobs: list[Job]
    next: str | None


class Jobs:
    """The records of all jobs."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys: Keys = scripts.keys
        self.retention = Retention(scripts)

    # ---- moves

    def submit(self, request: Request) -> Submitted:
        """Accept a request: dedupe check, record, place in line, event and ticket in one move."""
        return _submitted(self._run("submit", *_fields(request), **_call(request)))

    def find_child(self, wanted: Wanted) -> Submitted:
        """Return the job that stands for a child and adopt it, as `submit` does; "unknown" where none does.

        "expired": its parent has asked for this very job before, and what it made is gone.
        """
        call = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
        call |= {"tied": wanted.tied or None, "dedupe_key": wanted.request_hash}
        return _submitted(self._run("submit", **call, known=True))

    def replay(self, replays: Sequence[Replay]) -> list[Submitted | Refusal]:
        """Accept what was accepted already, in one round trip; each is a move of its own.

        What the store has it leaves alone (outcome "replay"). A new one skips dedupe: it is a job even when
        another stands for its request, which its `duplicate_of` then names. It counts as old as it is: one
        that is over its deadline is FAILURE with code EXPIRED, a cancelled one REVOKED.

        Raises Unavailable when the store is away or full; some may have been taken.
        """
        calls = [
            {**_call(each.request), "accepted_ms": each.accepted_ms, "cancelled": each.cancelled or None}
            for each in replays
        ]
        replies = self._run.many("submit", calls, [_fields(each.request) for each in replays])
        return [Refusal(str(reply)) if isinstance(reply, ResponseError) else _submitted(reply) for reply in replies]

    def cancel(self, job_id: str) -> Moved:
        """Waiting: REVOKED at once. Running: CANCELLING, and the keeper ends the attempt."""
        return self._move(job_id, Move.CANCEL)

    def prioritise(self, job_id: str, priority: int) -> Moved:
        """Move a waiting job in its line, and the children that it waits for in theirs.

        The children follow in moves of their own: after Unavailable some may not have, and do when it is said again.
        """
        moved = self._move(job_id, Move.PRIORITISE, priority=priority)
        if moved:
            self._follow(job_id)
        return moved

    def _follow(self, job_id: str) -> None:
        """Give open children the best priority of those that wait for them, and theirs, where it is another now."""
        parents = [job_id]
        while parents:
            children = sorted(self._client.run("SMEMBERS", self._keys("children", parents.pop())))
            parents += self._run.moved("follow", {child: {"id": child} for child in children})

    def redrive(self, job_id: str) -> Moved:
        """Run a failed or revoked job again as a new attempt; its history is kept."""
        return self._move(job_id, Move.REDRIVE)

    def stop(self, job_id: str) -> Moved:
        """Ask a job that has begun to finish early and keep what there is; its next attempt knows, too."""
        return moved(self._run("stop", id=job_id))

    def stop_child(self, job_id: str, parent: str, token: str) -> Moved:
        """As `stop`, for the parent whose attempt has this token: a child that others want too is left alone.

        One that has not begun is cancelled. Outcome "stale" when the parent's attempt is over.
        """
        return moved(self._run("stop", id=job_id, parent=parent, token=token))

    def open_children(self, job_ids: Sequence[str]) -> list[list[str]]:
        """Return the ids of the children that each job waits for, in order of the ids."""
        found: list[list[str]] = self._client.many([("SMEMBERS", self._keys("children", id_)) for id_ in job_ids])
        return [sorted(children) for children in found]

    def revise(self, job: Job, files: Sequence[Artifact]) -> Moved:
        """Put files in the place of those of the same names, or beside the others, in a job that has succeeded.

        Outcome "stale" when the record has changed since `job` was read; "unchanged" when there is nothing to revise.
        """
        named = {**job.files, **{file.name: file for file in files}}
        facts = [dump_json(file.model_dump(exclude={"key"})) for file in files]
        return moved(self._run("revise", *facts, id=job.id, version=job.version, files=dump_models(named)))

    def forget(self, job_id: str, *, min_age_s: float | None = None) -> Moved:
        """Remove a finished job's record, streams and index entries; its files have a time of their own.

        min_age_s: leaves it when it ended later than that, or its end is not written to the files yet.
        """
        return moved(self._run("forget", id=job_id, min_age_ms=None if min_age_s is None else int(min_age_s * 1000)))

    def purge(self, job_id: str) -> Moved:
        """As `forget`, and order its files removed in the same move: whoever comes first deletes them."""
        return moved(self._run("forget", id=job_id, purge=True))

    def _move(self, job_id: str, event: Move, **arguments: object) -> Moved:
        return moved(self._run("move", id=job_id, event=event, **arguments))

    # ---- reading

    def get(self, job_id: str) -> Job | None:
        """Return the record, or None."""
        fields = self._client.run("HGETALL", self._keys("job", job_id))
        return load_job(job_id, fields) if fields else None

    def get_each(self, job_ids: Sequence[str]) -> dict[str, Job | None]:
        """Return all these records as `get` does, in one round trip. One that is spoilt raises."""
        found = self._client.many([("HGETALL", self._keys("job", job_id)) for job_id in job_ids])
        records = zip(job_ids, found, strict=True)
        return {job_id: load_job(job_id, fields) if fields else None for job_id, fields in records}

    def get_many(self, job_ids: Sequence[str], *, params: bool = False) -> list[Job]:
        """Return the records that exist, in the order asked for, without their parameters, which may be long.

        params: with them. A spoilt one is logged, and hides no other.
        """
        names = (*_LISTED, "params") if params else _LISTED
        commands = [("HMGET", self._keys("job", job_id), *names) for job_id in job_ids]
        found = []
        for job_id, values in zip(job_ids, self._client.many(commands, keep_refused=True), strict=True):
            try:
                if isinstance(values, ResponseError):
                    raise values  # a key of another type
                fields = {name: value for name, value in zip(names, values, strict=True) if value is not None}
                if fields:
                    found.append(load_job(job_id, fields))
            except (ResponseError, ValueError):
                _log.exception("record.spoilt", job_id=job_id)
        return found

    def standing(self, job_ids: Sequence[str]) -> dict[str, Standing]:
        """Return where each of these jobs stands; one round trip. A spoilt record is logged and left out."""
        commands = [("HMGET", self._keys("job", job_id), "state", "ended") for job_id in job_ids]
        found = {}
        for job_id, row in zip(job_ids, self._client.many(commands, keep_refused=True), strict=True):
            try:
                if isinstance(row, ResponseError):
                    raise row  # a key of another type
                state, ended = row
                found[job_id] = Standing(State(state) if state else None, (ended or "").partition(" ")[0])
            except (ResponseError, ValueError):
                _log.exception("record.spoilt", job_id=job_id)
        return found

    def page(  # noqa: PLR0913 - what a list may be narrowed by
        self,
        *,
        owner: str | None,
        cursor: str | None = None,
        limit: int = 50,
        service: str | None = None,
        status: str | None = None,
        children: bool = True,
    ) -> Page:
        """Return jobs from the newest to the oldest, of one owner or (None) of all, without their parameters.

        children: those too that only other jobs have asked for.
        cursor: a page's `next`. A filtered page may be short or empty and still have a `next`.
        """
        found: list[Job] = []
        place = cursor
        scanned = 0
        while len(found) < limit and scanned < SCANNED_PER_PAGE:
            places = self._places(owner, place, limit)
            scanned += len(places)
            jobs = {job.id: job for job in self.get_many([entry.split(":", 1)[1] for entry in places])}
            for entry in places:
                place = entry
                job = jobs.get(entry.split(":", 1)[1])
                fits = job and service in (None, job.service) and status in (None, job.status)
                if job and fits and (children or not job.is_child):
                    found.append(job)
                    if len(found) == limit:
                        break
            if len(places) < limit and place in (None, places[-1] if places else place):
                return Page(found, None)
        return Page(found, place)

    def _places(self, owner: str | None, after: str | None, limit: int) -> list[str]:
        key = self._keys("index") if owner is None else self._keys("owned", owner)
        start = f"({after}" if after else "+"
        places: list[str] = self._client.run("ZRANGE", key, start, "-", "BYLEX", "REV", "LIMIT", 0, limit)
        return places

    def parts(self, job_id: str) -> dict[str, Artifact]:
        """Return the published parts of a job, by name."""
        fields = self._client.run("HGETALL", self._keys("parts", job_id))
        return {name: Artifact.model_validate_json(text) for name, text in fields.items()}

    def events(self, job_id: str, *, after: str = "0", limit: int = 1_000) -> list[Event]:
        """Return events after the stream id `after`, oldest first."""
        rows = self._client.run("XRANGE", self._keys("events", job_id), f"({after}", "+", "COUNT", limit)
        return [load_event(row_id, fields) for row_id, fields in rows]

    def log(self, job_id: str, *, after: str = "0", last_n: int | None = None, limit: int = 2_000) -> list[LogLine]:
        """Return log lines after `after`, or the last `last_n`, oldest first."""
        key = self._keys("log", job_id)
        if last_n is not None:
            rows = self._client.run("XREVRANGE", key, "+", "-", "COUNT", last_n)[::-1] if last_n > 0 else []
        else:
            rows = self._client.run("XRANGE", key, f"({after}", "+", "COUNT", limit)
        return [load_line(row_id, fields) for row_id, fields in rows]

    def all_ids(self) -> Iterator[str]:
        """Yield the id of every job, newest first."""
        place: str | None = None
        while places := self._places(None, place, 500):
            place = places[-1]
            yield from (entry.split(":", 1)[1] for entry in places)


def _fields(request: Request) -> list[str]:
    """Return the fields of the record that the submit move only passes on, name and value in turn."""
    fields = {
        "service": request.service,
        "params": dump_json(request.params),
        "uploads": dump_models(request.uploads),
        "time_limit_s": f"{request.time_limit_s:g}",
        "correlation_id": request.correlation_id,
    }
    if request.traceparent:
        fields["traceparent"] = request.traceparent
    return [text for pair in fields.items() for text in pair]


def _call(request: Request) -> dict[str, object]:
    return {
        "id": request.id,
        "owner": request.owner,
        "queue": request.queue,
        "priority": request.priority,
        "dedupe_key": request.dedupe_key,
        "keep_dedupe": request.keep_dedupe or None,
        "identified": request.service if request.identified else None,
        "force": request.force or None,
        "cache_ttl_ms": request.cache_ttl_ms,
        "seen": request.seen,
        "idempotency": request.idempotency,
        "request_hash": request.request_hash,
        "start_in_ms": request.start_in_ms,
        "parent": request.parent,
        "parent_token": request.parent_token,
        "waiting_limit": request.waiting_limit,
        "tied": request.tied or None,
    }


def _submitted(reply: list[str]) -> Submitted:
    outcome, job_id, state, *oldest_ms = reply
    known = State(state) if state else State.REVOKED
    return Submitted(
        cast("SubmitOutcome", outcome), job_id, known, oldest_age_s=int(oldest_ms[0]) / 1000 if oldest_ms else 0.0
    )


def load_event(row_id: str, fields: dict[str, str]) -> Event:
    """Return one row of an events stream."""
    return Event.model_validate({"id": row_id, "name": EventName(fields["n"]), "data": json.loads(fields["d"])})


def load_line(row_id: str, fields: dict[str, str]) -> LogLine:
    """Return one row of a log stream."""
    return LogLine.model_validate({"id": row_id, **json.loads(fields["d"])})


def moved(reply: list[Any]) -> Moved:
    """Return what a move replied: outcome, state, and what waits where that is told."""
    outcome, state, *waiting = reply
    return Moved(outcome, State(state) if state else None, *waiting)
