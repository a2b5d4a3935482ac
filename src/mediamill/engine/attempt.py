"""One attempt: run the service, commit what it made or say why it did not."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from mediamill.core.context import Result
from mediamill.core.errors import Cancelled, Later, MediamillError, PermanentError, RetryableError, StaleAttempt
from mediamill.core.job import Artifact, Job
from mediamill.core.policy import RetryPolicy
from mediamill.core.service import AnyService
from mediamill.engine.children import WaitingForChildren
from mediamill.engine.context import EngineContext, Tools
from mediamill.engine.ends import end_move
from mediamill.engine.roster import Word
from mediamill.engine.story import Story
from mediamill.store.attempts import Failure
from mediamill.store.jobs import Moved

MESSAGE_CHARACTERS = 2_000
TRACEBACK_CHARACTERS = 3_000


@dataclass(frozen=True)
class Attempt:
    """A claimed job with all that its run needs."""

    job: Job
    token: str
    service: AnyService
    params: BaseModel
    ctx: EngineContext
    story: Story
    tools: Tools

    def run(self) -> Callable[[], Moved]:
        """Run the service; return the move that ends the attempt, to be made until the store takes it."""
        end = self._run()
        if self.ctx.cache_hits or self.ctx.cache_made:
            self.story.log("attempt.cache", {"hits": self.ctx.cache_hits, "made": self.ctx.cache_made})
        self.story.flush(everything=True)
        return end

    def _run(self) -> Callable[[], Moved]:
        try:
            result = self.service.run(self.params, self.ctx)
            self.ctx.check()
            files = self._commit(result)
        except Cancelled as cancelled:
            return self._ended(Word(str(cancelled)))
        except StaleAttempt:
            return self._ended(Word.LOST)
        except Later as later:
            return self._later(later)
        except PermanentError as error:
            return self._fail(failure_of(error, self.story.mask))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the one place that catches what a service does
            return self._again(error)
        data = dict(result.data)
        return lambda: self.tools.attempts.succeed(self.job.id, self.token, files, data)

    def _commit(self, result: Result) -> dict[str, Artifact]:
        """Store the files; they are the job's only once the final move names them."""
        published = self.tools.jobs.parts(self.job.id)
        committed = {
            name: self.tools.artifacts.commit(self.job.id, self.token, name, path)
            for name, path in result.files.items()
        }
        return {**published, **committed}

    def _ended(self, word: Word) -> Callable[[], Moved]:
        return end_move(self.tools.attempts, self.job.id, self.token, word, self.job.time_limit_s)

    def _later(self, later: Later) -> Callable[[], Moved]:
        seconds, note, children = later.seconds, self.story.mask(later.note), isinstance(later, WaitingForChildren)
        return lambda: self.tools.attempts.later(
            self.job.id, self.token, delay_s=seconds, note=note, for_children=children
        )

    def _fail(self, failure: Failure) -> Callable[[], Moved]:
        self.story.log("attempt.failed", {"code": failure.code, "message": failure.message}, level="error")
        return lambda: self.tools.attempts.fail(self.job.id, self.token, failure)

    def _again(self, error: BaseException) -> Callable[[], Moved]:
        """Return the move after an error that another attempt may not meet: RETRY, or FAILURE when none is left."""
        failure = failure_of(error, self.story.mask)
        if not isinstance(error, MediamillError):
            trace = "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]
            self.story.log("attempt.error", {"traceback": trace}, level="error")
        policy = RetryPolicy(attempts=self.service.attempts)
        failures = self.job.failures + 1
        if policy.spent(failures):
            return self._fail(failure)
        delay_s = policy.delay_s(failures, error.after_s if isinstance(error, RetryableError) else None)
        self.story.log(
            "attempt.retry",
            {"code": failure.code, "message": failure.message, "again_in_s": round(delay_s, 1)},
            level="warning",
        )
        return lambda: self.tools.attempts.retry(self.job.id, self.token, failure, delay_s=delay_s)


def failure_of(error: BaseException, mask: Callable[[str], str] = str) -> Failure:
    """Return what the record says about an error: its public code, its message without secrets."""
    if isinstance(error, MediamillError):
        return Failure(error.code, mask(error.message)[:MESSAGE_CHARACTERS])
    return Failure("UNEXPECTED", mask(f"{type(error).__name__}: {error}")[:MESSAGE_CHARACTERS])
