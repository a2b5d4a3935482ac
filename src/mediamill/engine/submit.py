"""From a request to an accepted job."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Final

import uuid_utils
from pydantic import BaseModel

from mediamill.core.errors import (
    InvalidInput,
    KeyReused,
    MediamillError,
    PermanentError,
    QueueFull,
    StaleAttempt,
    Unavailable,
)
from mediamill.core.job import Job, Upload
from mediamill.core.service import AnyService
from mediamill.engine.identity import child_id, key_hash, keyed_id, request_hash
from mediamill.engine.vault import Vault
from mediamill.files.artifacts import Artifacts
from mediamill.files.uploads import ReceivedUpload, Uploads
from mediamill.settings import KeepSettings
from mediamill.store.jobs import Jobs, Request, Submitted, Wanted

if TYPE_CHECKING:
    from mediamill.engine.stash import Stash  # a worker has none, and need not load SQLite


@dataclass(frozen=True)
class Parent:
    """The attempt that asks for a child. number, edition: as of `child_id`. tied: as of `Context.submit`."""

    job: Job
    number: int = 1
    edition: int = 1
    tied: str | None = None

    def child_id(self, request: str) -> str:
        """Return the id of the child of a request's hash, should it be a new job."""
        known_as = request if self.tied is None else f"{request} {self.tied}"
        return child_id(self.job.id, known_as, self.number, self.edition)


@dataclass(frozen=True)
class Ask:
    """What a client or a parent asks for, its parameters already valid.

    received: uploads that lie in staging, by input name. idempotency_key: as the client sent it.
    start_in_s: fail with EXPIRED unless the job starts within this time.
    time_limit_s: what an attempt may take, at most the service's own limit; None: that limit.
    waiting_limit: refuse it when so many of its queue would come before it, unless a job stands for it already;
        None: never.
    spooled: it may wait on this machine while the store is away; not where somebody waits for what it makes.
    """

    service: AnyService
    params: BaseModel
    owner: str
    received: Mapping[str, ReceivedUpload] = field(default_factory=dict)
    priority: int = 0
    force: bool = False
    idempotency_key: str | None = None
    start_in_s: float | None = None
    time_limit_s: float | None = None
    correlation_id: str = ""
    traceparent: str | None = None
    parent: Parent | None = None
    waiting_limit: int | None = None
    spooled: bool = True


class Submitter:
    """Accepts requests: the record, its place in line and its ticket are one move.

    stash: takes what comes while the store is away; None: then it is refused.
    """

    def __init__(  # noqa: PLR0913 - the rooms it works on
        self,
        jobs: Jobs,
        artifacts: Artifacts,
        uploads: Uploads,
        vault: Vault,
        keep: KeepSettings,
        *,
        stash: "Stash | None" = None,
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._uploads = uploads
        self._vault = vault
        self._stash = stash
        self._cache_ttl_ms = int(keep.cache_s * 1000)

    def submit(self, ask: Ask) -> Submitted:
        """Accept `ask` and return the job that stands for it: a new one, or one that already does.

        Raises InvalidInput when the service's `check` refuses it, KeyReused when its Idempotency-Key
        came with another request, QueueFull over its `waiting_limit`, Unavailable when the store (and the
        stash) or the files take nothing: then nothing was accepted. Uploads that no job took are gone
        afterwards, or collected where that cannot be told for sure.
        """
        try:
            _check(ask)
            params, texts = _put_aside(ask)
            for name, text in texts.items():
                received = self._uploads.write(text, f"{name}.txt")
                ask = replace(ask, params=params, received={**ask.received, name: received})
            request = self._request(ask)
        finally:
            for received in ask.received.values():
                self._uploads.discard(received)
        # If this fails, the job may exist: its uploads stay, and are collected.
        submitted = self._accepted(request, spooled=ask.spooled)
        if submitted.outcome == "cached":
            submitted = self._looked_at(request, submitted, spooled=ask.spooled)
        if request.uploads and submitted.outcome != "new":
            self._forget_uploads(request, submitted)
        if submitted.outcome in _REFUSED:
            raise _refusal(submitted, ask)
        return submitted

    def hash_of(self, ask: Ask, digests: Mapping[str, str]) -> str:
        """Return the hash of a request before its files are received. digests: SHA-256 of each, by input name."""
        params, texts = _put_aside(ask)
        aside = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
        return request_hash(ask.service.name, self._vault.plain(params), {**digests, **aside})

    def submit_child(self, ask: Ask, request: str, receive: Callable[[], Mapping[str, ReceivedUpload]]) -> Submitted:
        """Find the child that stands for what a parent asks, or make it: only then its files are received.

        request: the hash of `ask` with the files that `receive` gives. Raises as `submit`; StaleAttempt when the
        parent's attempt is over, PermanentError with code CHILD_CYCLE when that child waits for its parent.
        """
        for edition in count(1):
            found = self._found_child(ask, request, edition)
            if found.outcome == "expired":
                continue
            if found.outcome in _REFUSED:
                raise _refusal(found, ask)
            if found.outcome == "unknown" and ask.parent is not None:
                return self.submit(replace(ask, parent=replace(ask.parent, edition=edition), received=receive()))
            return found
        raise AssertionError("unreachable")  # pragma: no cover - count() does not end

    def _found_child(self, ask: Ask, request: str, edition: int) -> Submitted:
        if ask.parent is None:
            raise ValueError("a child has a parent")
        job = ask.parent.job
        wanted = Wanted(
            id=replace(ask.parent, edition=edition).child_id(request),
            owner=ask.owner,
            request_hash=request,
            priority=ask.priority,
            cache_ttl_ms=self._cache_ttl_ms if ask.service.dedupe == "cached" else 0,
            parent=job.id,
            parent_token=job.token,
            tied=ask.parent.tied is not None,
        )
        found = self._jobs.find_child(wanted)
        if found.outcome == "cached":
            known = self._jobs.get(found.id)
            if known is None or not self._artifacts.exist(known.files.values()):
                return self._jobs.find_child(replace(wanted, cache_ttl_ms=0))
        return found

    def _looked_at(self, request: Request, cached: Submitted, *, spooled: bool) -> Submitted:
        """Make a new job where the files of the finished one are gone; a key stands for it only when they are not."""
        job = self._jobs.get(cached.id)
        if job is None or not self._artifacts.exist(job.files.values()):
            return self._accepted(replace(request, cache_ttl_ms=0), spooled=spooled)
        if request.idempotency is None:
            return replace(cached, job=job)
        return self._accepted(replace(request, seen=cached.id), spooled=spooled)

    def _accepted(self, request: Request, *, spooled: bool) -> Submitted:
        """Hand a request to the store, or keep it here while that is away.

        After a time-out the store may have it all the same: the id is the same, so it becomes no second job.
        A running parent's child is not kept: its attempt is patient.
        """
        try:
            return self._jobs.submit(request)
        except Unavailable:
            if self._stash is None or request.parent is not None or not spooled:
                raise
            return self._stash.accept(request)

    def _request(self, ask: Ask) -> Request:
        service, paths = ask.service, {name: received.path for name, received in ask.received.items()}
        queue = service.queue_of(ask.params, paths)
        digests = {name: received.sha256 for name, received in ask.received.items()}
        request = request_hash(service.name, self._vault.plain(ask.params), digests)
        idempotency, identity = _key_hash(ask), service.identity_of(ask.params)
        job_id = _job_id(ask, request, idempotency)
        cached = service.dedupe == "cached"
        return Request(
            id=job_id,
            service=service.name,
            owner=ask.owner,
            queue=queue,
            params=self._vault.dump(ask.params),
            uploads=self._keep(ask, job_id),
            request_hash=request,
            time_limit_s=_time_limit_s(ask),
            priority=ask.priority,
            dedupe_key=identity or request,
            keep_dedupe=cached,
            identified=identity is not None,
            force=ask.force and identity is None,
            cache_ttl_ms=self._cache_ttl_ms if cached else 0,
            idempotency=idempotency,
            start_in_ms=None if ask.start_in_s is None else int(ask.start_in_s * 1000),
            correlation_id=ask.correlation_id,
            traceparent=ask.traceparent,
            parent=ask.parent.job.id if ask.parent else None,
            parent_token=ask.parent.job.token if ask.parent else None,
            waiting_limit=ask.waiting_limit,
            tied=ask.parent is not None and ask.parent.tied is not None,
        )

    def _keep(self, ask: Ask, job_id: str) -> dict[str, Upload]:
        """Store the uploads, all or none. Files first: a record never names an upload that is not there."""
        kept: dict[str, Upload] = {}
        try:
            for name, received in ask.received.items():
                kept[name] = self._uploads.keep(received, job_id, name)
        except BaseException:
            with suppress(Unavailable):  # then they are collected
                self._uploads.store.delete(*(upload.key for upload in kept.values()))
            raise
        return kept

    def _forget_uploads(self, request: Request, submitted: Submitted) -> None:
        """Delete what came with a request and no job needs; what is unsure is collected.

        An id of this call alone is nobody's now. One that is derived from a key may be another call's too, and
        wait in the store, here, or on another node.
        """
        named: set[str] = set()
        with suppress(Unavailable, PermanentError):
            if request.idempotency is not None or submitted.id == request.id:
                holder = self._holder(request.id)
                if holder is None:
                    return
                named = {upload.key for upload in holder.uploads.values()}
            self._uploads.store.delete(*({upload.key for upload in request.uploads.values()} - named))

    def _holder(self, job_id: str) -> Request | Job | None:
        """Return what has this id: it waits here, or is in the store by now. Raises PermanentError when unreadable."""
        kept = self._stash.spool.get(job_id) if self._stash is not None else None
        if self._stash is None or kept is None:
            return self._jobs.get(job_id)
        return self._stash.opened(kept).request


#: Outcomes of the submit move that accept nothing.
_REFUSED: Final = frozenset({"reused", "stale", "cycle", "full", "expired"})

#: A client of a full queue comes again after this part of the time that its oldest request has waited: as much of the
#: queue has gone by then (Little's law). At least and at most so many seconds.
_COME_AGAIN: Final = 0.25
_SOONEST_S: Final = 1.0
_LATEST_S: Final = 30.0


def _refusal(submitted: Submitted, ask: Ask) -> MediamillError:
    if submitted.outcome == "stale":
        return StaleAttempt("the parent's attempt is over")
    if submitted.outcome == "full":
        after_s = min(max(submitted.oldest_age_s * _COME_AGAIN, _SOONEST_S), _LATEST_S)
        return QueueFull(f"{ask.waiting_limit} jobs wait before this one, which is the limit", after_s=after_s)
    if submitted.outcome == "cycle":
        return PermanentError(f"the child {submitted.id} would wait for its own parent", code="CHILD_CYCLE")
    if submitted.outcome == "expired":  # within the call: the next try finds that out first
        return Unavailable("what this child made is gone since a moment ago")
    return KeyReused("this Idempotency-Key came with another request before; use a new key for a new request")


def _put_aside(ask: Ask) -> tuple[BaseModel, Mapping[str, bytes]]:
    params, texts = ask.service.put_aside(ask.params)
    return params, {name: text.encode("utf-8", "replace") for name, text in texts.items()}


def _check(ask: Ask) -> None:
    """Raise InvalidInput where the service, or its limits, refuse the request."""
    _time_limit_s(ask)
    if ask.service.check is not None:
        ask.service.check(ask.params, {name: received.path for name, received in ask.received.items()})


def _time_limit_s(ask: Ask) -> float:
    """Return what an attempt may take. Raises InvalidInput when more is wanted than the service allows."""
    longest_s = ask.service.time_limit_s
    if ask.time_limit_s is None:
        return longest_s
    if not 0 < ask.time_limit_s <= longest_s:
        raise InvalidInput(
            f"time_limit_s is {ask.time_limit_s:g}; more than 0 and at most {longest_s:g} s is wanted, "
            "the limit of the service",
            field="time_limit_s",
        )
    return ask.time_limit_s


def _key_hash(ask: Ask) -> str | None:
    return None if ask.idempotency_key is None else key_hash(ask.owner, ask.service.path, ask.idempotency_key)


def _job_id(ask: Ask, request: str, idempotency: str | None) -> str:
    """Return the id of the job, should it be a new one.

    A repeat of the same call (a client's retry with its key, a parent's next attempt) has the same
    id on every node, so that it makes nothing twice.
    """
    if ask.parent is not None:
        return ask.parent.child_id(request)
    return str(uuid_utils.uuid7()) if idempotency is None else keyed_id(idempotency)
