"""The service `polls`: a job that looks at the waiting jobs of one service, and lives as long as there are any."""

import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import structlog

from mediamill.core.context import Context, Result
from mediamill.core.errors import Cancelled, Later, MediamillError, NotFound
from mediamill.core.policy import RetryPolicy
from mediamill.core.polls import POLLS, Polls
from mediamill.core.queues import Queue
from mediamill.core.service import AnyService, Service
from mediamill.engine.patience import patiently
from mediamill.engine.pollers import TIME_LIMIT_S, Params
from mediamill.engine.polls import LivePolls
from mediamill.engine.registry import Found, Registry
from mediamill.engine.vault import Vault
from mediamill.store import polls as store
from mediamill.store.scripts import POLL_LEAD_MS

if TYPE_CHECKING:
    from mediamill.engine.context import EngineContext

#: What is due within this is waited for; for what is due later the slot is given back.
HOLD_S: Final = 5.0
#: How often a poll that waits looks for what is due sooner than that.
LOOK_EVERY_S: Final = 0.5
#: A poll that leaves what is due, and returns, is called again after this.
PAUSE_S: Final = 0.2
#: With nothing to look at. What comes calls the job before (`call_poller` in store/lua/_prelude.lua).
IDLE_S: Final = 3_600.0
#: A machine on which the service is off leaves the poll to another one, which should not be long.
_ELSEWHERE_S: Final = 2.0
#: After a poll that failed, and the next one that did.
BACKOFF: Final = RetryPolicy(base_s=2.0, cap_s=60.0)

_log = structlog.get_logger("mediamill.polls")


def with_polls(
    registry: Registry,
    polls: store.Polls,
    vault: Vault,
    leaving: Callable[[], bool],
    crowded: Callable[[], bool] = lambda: False,
) -> Registry:
    """Return the services of a registry, and the one that polls them. leaving, crowded: as of `poll_service`."""
    ours = Found(poll_service(registry, polls, vault, leaving, crowded), __name__, ())
    return Registry({entry.service.name: entry for entry in (*registry.found, ours)}, registry.broken)


def poll_service(
    registry: Registry,
    polls: store.Polls,
    vault: Vault,
    leaving: Callable[[], bool] = lambda: False,
    crowded: Callable[[], bool] = lambda: False,
) -> Service[Params]:
    """Return the service that runs the `poll` of others.

    registry: where they are found. leaving: whether this worker takes nothing more; a poll ends then, between two jobs.
    crowded: whether jobs wait for the slot that the poll has, and for no other; then it ends soon, and comes again
    behind them.
    """

    def run(params: Params, ctx: Context) -> Result:
        try:
            service = registry.get(params.service)
        except NotFound as missing:
            raise Later(_ELSEWHERE_S, missing.message) from None
        if service.poll is None:
            raise Later(IDLE_S, f"{service.name} has no poll")
        advanced = cast("EngineContext", ctx).advanced  # what runs here is run by an engine
        live: LivePolls[Any] = LivePolls(
            service, polls, vault, ctx, leaving=leaving, crowded=crowded, advanced=advanced
        )
        _Run(service, polls, live, ctx).go_on(service.poll)

    return Service(
        POLLS,
        Params,
        run,
        queue=Queue.DEFAULT,
        dedupe="alive",
        time_limit_s=TIME_LIMIT_S,
        endless=True,
        public=False,
    )


class _Run:
    """One attempt: calls the poll of a service whenever something is due."""

    def __init__(self, service: AnyService, polls: store.Polls, live: LivePolls[Any], ctx: Context) -> None:
        self._service = service
        self._store = polls
        self._ctx = ctx
        self._polls = live
        self._well = False

    def go_on(self, poll: Callable[[Polls[Any]], None]) -> NoReturn:
        """Go on until there is nothing to do for a while, or another is to have the slot: Later."""
        give_back = False
        try:
            self._wait(0.0)
            while True:
                self._poll(poll)
                self._wait(PAUSE_S)
        except (Cancelled, Later) as end:
            give_back = not isinstance(end, _Stumbled)
            raise
        finally:
            self._polls.close(give_back=give_back)

    def _poll(self, poll: Callable[[Polls[Any]], None]) -> None:
        try:
            poll(self._polls)
        except Exception as error:  # noqa: BLE001 - as of an attempt; the jobs that wait need another one
            raise self._stumbled(error) from None
        if not self._well:
            self._well = True
            self._forgive()

    def _stumbled(self, error: Exception) -> "_Stumbled":
        """Say what went wrong, and return what ends the run for a while: short where it had got anywhere."""
        if self._polls.answered:
            self._forgive()
        name = self._service.name
        failures = patiently(partial(self._store.stumbled, name), self._ctx.check)
        delay_s = BACKOFF.delay_s(failures)
        code = error.code if isinstance(error, MediamillError) else "UNEXPECTED"
        self._ctx.log(
            "poll.failed", error=type(error).__name__, code=code, in_a_row=failures, again_in_s=round(delay_s, 1)
        )
        trace = self._polls.mask.secret("".join(traceback.format_exception(error)))
        _log.error("poll.failed", service=name, in_a_row=failures, traceback=trace)
        return _Stumbled(delay_s, "the last poll failed")

    def _forgive(self) -> None:
        patiently(partial(self._store.went_well, self._service.name), self._ctx.check)

    def _wait(self, at_least_s: float) -> None:
        """Return when something is due; raise Later where that is too far off."""
        while True:
            self._polls.check()
            due_in_s = self._polls.due_in_s()
            if due_in_s == at_least_s == 0:
                return
            if due_in_s is None:
                raise Later(IDLE_S, "nothing to look at")
            if due_in_s > HOLD_S:
                raise Later(due_in_s - POLL_LEAD_MS / 1000, "waiting for what is due next")
            time.sleep(min(max(due_in_s, at_least_s), LOOK_EVERY_S))
            if due_in_s <= LOOK_EVERY_S:
                return


class _Stumbled(Later):
    """The poll failed: what it has not answered is left to its leases, for one of those jobs may be the reason."""
