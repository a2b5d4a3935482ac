"""One attempt: run the service, commit what it made or say why it did not."""

import math
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from pydantic import BaseModel

from mediamill.core.context import Result
from mediamill.core.errors import Cancelled, Later, PermanentError, RetryableError, StaleAttempt, Unavailable
from mediamill.core.job import Artifact, Job
from mediamill.core.policy import RetryPolicy
from mediamill.core.service import AnyService
from mediamill.engine.children import WaitingForChildren
from mediamill.engine.context import EngineContext, Tools
from mediamill.engine.ends import Allowed, end_move
from mediamill.engine.failures import failure_of, no_room, permanent
from mediamill.engine.guard import going_on
from mediamill.engine.patience import patiently
from mediamill.engine.places import ELSEWHERE_S
from mediamill.engine.results import checked
from mediamill.engine.roster import Word
from mediamill.engine.story import Story
from mediamill.store.attempts import Failure
from mediamill.store.jobs import Moved

#: Nothing is put off for longer than this.
LONGEST_WAIT_S: Final = 30 * 86_400.0

#: The move that ends an attempt. It may be made again and again until the store takes it.
End = Callable[[], Moved]

_log = structlog.get_logger("mediamill.attempt")


@dataclass(frozen=True)
class Attempt:
    """A claimed job with all that its run needs.

    done: called when the service is done, before its files are stored.
    """

    job: Job
    token: str
    service: AnyService
    params: BaseModel
    ctx: EngineContext
    story: Story
    tools: Tools
    done: Callable[[], None] = field(default=lambda: None)

    def run(self) -> End:
        """Run the service; return the move that ends the attempt. Raises nothing, whatever the service does."""
        end = self._run()
        if self.ctx.cache_hits or self.ctx.cache_made:
            self.story.log("attempt.cache", {"hits": self.ctx.cache_hits, "made": self.ctx.cache_made})
        self.story.flush(everything=True)
        self.ctx.close()
        return end

    def _run(self) -> End:
        try:
            try:
                result = self.service.run(self.params, self.ctx)
            finally:
                self.done()
            return self._succeed(result)
        except Cancelled:
            return self._told()
        except StaleAttempt:
            return self._ended(Word.LOST)
        except Later as later:
            return self._later(later)
        except BaseException as error:  # noqa: BLE001 - the one place that catches what a service does; SystemExit too
            return self._failed(error)

    def _succeed(self, result: object) -> End:
        """Commit. A word to drain, or that the time is over, comes too late now: the work is done."""
        if self.tools.roster.word(self.token) in {Word.CANCEL, Word.LOST}:
            raise Cancelled
        for child in self.ctx.children:
            if not child.asked_about and not (self.ctx.told_to_stop and not child.finished):
                child.must_succeed()
        made = checked(result)
        files = self._commit(made)
        # What was asked to finish early may be a part of what was wanted: a repeat wants all of it.
        reusable = made.reusable and not self.ctx.told_to_stop
        return lambda: self.tools.attempts.succeed(
            self.job.id, self.token, files, made.data, keep_parts=made.keep_parts, reusable=reusable
        )

    def _commit(self, made: Result) -> dict[str, Artifact]:
        """Store the files, and return them with the parts; they are the job's only once the final move names them."""
        committed: dict[str, Artifact] = {}
        for name, path in made.files.items():
            artifact = self.ctx.commit(name, path)
            if artifact.name in committed:
                raise PermanentError(f"two files of the result are named {artifact.name!r}", code="ARTIFACT_NAME")
            committed[artifact.name] = artifact
        if not (made.keep_parts and (self.job.published or self.ctx.published)):
            return committed
        return {**patiently(lambda: self.tools.jobs.parts(self.job.id)), **committed}

    def _told(self) -> End:
        word = self.ctx.ended_by or self.tools.roster.word(self.token)
        if word is None or word is Word.STOP:
            return self._failed(RuntimeError("the service raised Cancelled, but nobody had cancelled its job"))
        return self._ended(word)

    def _ended(self, word: Word) -> End:
        allowed = Allowed(self.job.time_limit_s, self.tools.limits.attempt_memory)
        return end_move(self.tools.attempts, self.job.id, self.token, word, allowed)

    def _later(self, later: Later) -> End:
        if not math.isfinite(later.seconds):
            return self._fail(Failure("LATER_INVALID", f"Later asks for {later.seconds} seconds"))
        seconds = min(max(later.seconds, 0.0), LONGEST_WAIT_S)
        note = self.story.mask.public(later.note)
        wait = self.ctx.wait(note) if isinstance(later, WaitingForChildren) else None
        wanted = {child.id for child in self.ctx.children}
        stopping = self.ctx.told_to_stop
        attempts, look = self.tools.attempts, self.ctx.look
        if look is not None and self.service.poll is None:
            return self._fail(Failure("LATER_INVALID", "it waits to be looked at, but its service has no poll"))

        def end() -> Moved:
            if look is not None:
                with going_on("polls.unattended", service=self.service.name):  # the sweeper looks after it, too
                    self.tools.pollers.see_to(self.service.name)
            if wait is not None:  # else what an earlier version of the service asked for would be waited for
                attempts.let_go(self.job.id, self.token, wanted)
            return attempts.later(
                self.job.id, self.token, delay_s=seconds, note=note, wait=wait, stopping=stopping, look=look
            )

        return end

    def _failed(self, error: BaseException) -> End:
        """Return the move after an error: RETRY while another attempt may do better and one is left."""
        failure = failure_of(error, self.story.mask)
        if failure.code == "UNEXPECTED":  # for whoever runs this machine; clients see no traceback
            trace = self.story.mask.secret("".join(traceback.format_exception(error)))
            _log.error("attempt.error", job_id=self.job.id, service=self.job.service, traceback=trace)
        if no_room(error):
            self.ctx.discard()
            shortage = self.tools.room.shortage(kept_s=0) if self.tools.room is not None else None
            if shortage is not None:
                self.story.log("attempt.no_room", {"message": shortage}, level="warning")
                return self._later(Later(ELSEWHERE_S, f"waiting: {shortage}"))
            # It was the job itself that took all the room; charged, it does not try for ever.
            error = Unavailable(failure.message, code="FILES_FULL")
        policy, failures = RetryPolicy(attempts=self.service.attempts), self.job.failures + 1
        if permanent(error) or policy.spent(failures):
            return self._fail(failure)
        delay_s = policy.delay_s(failures, _after_s(error))
        facts = {"code": failure.code, "message": failure.message, "again_in_s": round(delay_s, 1)}
        self.story.log("attempt.retry", facts, level="warning")
        return lambda: self.tools.attempts.retry(self.job.id, self.token, failure, delay_s=delay_s)

    def _fail(self, failure: Failure) -> End:
        self.story.log("attempt.failed", {"code": failure.code, "message": failure.message}, level="error")
        return lambda: self.tools.attempts.fail(self.job.id, self.token, failure)


def _after_s(error: BaseException) -> float | None:
    """Return the seconds that the cause asked for, if they make sense."""
    after_s = error.after_s if isinstance(error, RetryableError) else None
    return min(after_s, LONGEST_WAIT_S) if after_s is not None and math.isfinite(after_s) else None
