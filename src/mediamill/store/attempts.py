"""An attempt's moves. Each carries the token that the claim made; a stale token changes nothing."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mediamill.core.job import Artifact, Job
from mediamill.core.policy import LEASE_MS
from mediamill.core.queues import Queue
from mediamill.core.states import Move
from mediamill.store.jobs import Moved, moved
from mediamill.store.record import dump_json, dump_models, load_job, pairs
from mediamill.store.scripts import Scripts

#: What a lease's holder is told: go on, finish early, end now, or it is not yours any more.
Word = Literal["held", "stop", "cancel", "lost"]
RENEWED_PER_CALL = 500


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed."""

    code: str
    message: str

    def fields(self) -> dict[str, str]:
        """Return the fields of the record."""
        return {"error_code": self.code, "error_message": self.message}


@dataclass(frozen=True)
class Wait:
    """What a parent waits for.

    children: how many it asked for, those that have ended among them.
    before, after: its progress, 0..100, when none of them has ended and when all have; between the two it grows
        with each child's end.
    note: its stage meanwhile; "": how many of its children have ended.
    """

    children: int
    before: float = 0.0
    after: float = 0.0
    note: str = ""

    def __str__(self) -> str:
        """Return it as the record has it."""
        return f"{self.children} {self.before:.14g} {self.after:.14g} {self.note}".rstrip()


@dataclass(frozen=True)
class Look:
    """When the polls of its service are to look at a job, and what they are to know of it.

    facts: JSON; None leaves those that it has.
    """

    after_s: float
    facts: str | None = None


def new_token() -> str:
    """Return a token that no claim had: 128 random bits."""
    return secrets.token_hex(16)


class Attempts:
    """Claims jobs and moves them along while a worker holds them."""

    def __init__(self, scripts: Scripts, *, lease_ms: int = LEASE_MS) -> None:
        self._run = scripts
        self._lease_ms = lease_ms

    def claim(
        self, queue: Queue, *, machine: str, worker: str, token: str | None = None, follow: bool = False
    ) -> Job | None:
        """Take the best waiting job of a queue under a new random token, or None.

        token: one of `new_token`. After Unavailable the move may have been made all the same: asked again
        with the same token, within `CLAIM_KEPT_MS`, it gives the job that it took then.
        follow: no ticket brought the caller; the job's own one is taken with it.
        """
        reply = self._run(
            "claim",
            queue=queue,
            token=token or new_token(),
            machine=machine,
            worker=worker,
            lease_ms=self._lease_ms,
            follow=follow or None,
        )
        return load_job(reply[0], pairs(reply[1:])) if reply else None

    def renew(self, attempts: Sequence[tuple[str, str]]) -> list[Word]:
        """Renew the leases of (job id, token) pairs; return a word for each, in order."""
        words: list[Word] = []
        for start in range(0, len(attempts), RENEWED_PER_CALL):
            batch = [list(pair) for pair in attempts[start : start + RENEWED_PER_CALL]]
            words += self._run("renew", lease_ms=self._lease_ms, attempts=batch)
        return words

    def progress(self, job_id: str, token: str, percent: float, stage: str, *, advanced: bool = False) -> Word:
        """Write how far the attempt is, 0..100. `advanced`: a step was finished since the last call."""
        word: Word = self._run(
            "progress", id=job_id, token=token, percent=round(percent, 1), stage=stage, advanced=advanced or None
        )
        return word

    def log(self, job_id: str, token: str, lines: Sequence[Mapping[str, object]]) -> bool:
        """Add lines to the job's log; False when the attempt is stale."""
        return bool(self._run("log", *(dump_json(line) for line in lines), id=job_id, token=token))

    def publish(self, job_id: str, token: str, artifact: Artifact) -> bool:
        """Name a part of the result while the job runs; False when the attempt is stale."""
        facts = artifact.model_dump(exclude={"key", "crc32"})
        return bool(
            self._run(
                "publish",
                id=job_id,
                token=token,
                name=artifact.name,
                artifact=artifact.model_dump_json(),
                facts=dump_json(facts),
            )
        )

    def succeed(  # noqa: PLR0913 - what a result says
        self,
        job_id: str,
        token: str,
        files: Mapping[str, Artifact],
        data: Mapping[str, object],
        *,
        keep_parts: bool = True,
        reusable: bool = True,
    ) -> Moved:
        """Commit the attempt: only the files named here are the job's.

        keep_parts: else what was published has no name any more. reusable: else no repeat of the request is
        answered with this job.
        """
        fields: dict[str, str | bool] = {"files": dump_models(files), "data": dump_json(dict(data))}
        if not reusable:
            fields["keep_dedupe"] = False
        return self._end(job_id, token, Move.SUCCEED, drop_parts=None if keep_parts else True, set=fields)

    def fail(self, job_id: str, token: str, failure: Failure) -> Moved:
        """End in FAILURE: the error is permanent, or the attempts are spent."""
        return self._end(job_id, token, Move.FAIL, set=failure.fields())

    def retry(self, job_id: str, token: str, failure: Failure, *, delay_s: float) -> Moved:
        """Try again after `delay_s`; the attempt is charged."""
        return self._end(job_id, token, Move.RETRY, due_in_ms=int(delay_s * 1000), set=failure.fields())

    def later(  # noqa: PLR0913 - what an attempt may say of its next one
        self,
        job_id: str,
        token: str,
        *,
        delay_s: float,
        note: str = "",
        wait: Wait | None = None,
        stopping: bool = False,
        look: Look | None = None,
    ) -> Moved:
        """Run again after `delay_s`, uncharged; with `wait`, when the last open child ends: that has a note of its own.

        stopping: the attempt knew that it is to finish early; one that did not is followed by another at once.
        look: the polls of its service look at it before; `delay_s` counts from then.
        """
        fields = {} if wait else {"stage": note}
        if look is not None and look.facts is not None:
            fields["poll_facts"] = look.facts
        return self._end(
            job_id,
            token,
            Move.LATER,
            due_in_ms=int(delay_s * 1000),
            waits=None if wait is None else str(wait),
            stopping=stopping or None,
            poll=None if look is None else int(look.after_s * 1000),
            set=fields,
        )

    def let_go(self, job_id: str, token: str, wanted: Collection[str]) -> list[str]:
        """Wait no longer for open children but those; return the ones cancelled, as nobody waits for them.

        They are what earlier attempts asked for and this one did not. A stale token changes nothing.
        """
        open_children: list[str] = self._run.client.run("SMEMBERS", self._run.keys("children", job_id))
        others = sorted(set(open_children).difference(wanted))
        return self._run.moved("leave", {each: {"parent": job_id, "child": each, "token": token} for each in others})

    def hand_back(self, job_id: str, token: str) -> Moved:
        """Give the job back, uncharged: this worker is going."""
        return self._end(job_id, token, Move.HAND_BACK)

    def cancelled(self, job_id: str, token: str) -> Moved:
        """Say that nothing of a cancelled attempt is left running."""
        return self._end(job_id, token, Move.CANCELLED)

    def lose(self, job_id: str, token: str) -> Moved:
        """Say that the attempt's process is dead, before its lease is over."""
        return self._end(job_id, token, Move.LOSE)

    def _end(self, job_id: str, token: str, event: Move, **arguments: object) -> Moved:
        return moved(self._run("move", id=job_id, event=event, token=token, **arguments))
