"""The service `watchers`: each of its jobs waits for one source, for ever, and has it recorded when it is live.

Such a job hardly ever runs. It enlists itself for the polls of its service and gives its slot back; `polling.poll`
looks at hundreds of sources at once and wakes the job whose source is live. It then asks for a recording, which is a
job in its own right, waits for that one's end, and enlists itself again, to be looked at at once.
"""

import time
from datetime import UTC, datetime
from typing import Any, Final

from mediamill import Child, Context, Files, Later, PermanentError, Polls, Queue, Result, Service
from mediamill.services.recordings import recording
from mediamill.services.recordings.checks import check_source
from mediamill.services.recordings.watching.memory import Memory
from mediamill.services.recordings.watching.params import Params, interval_s

#: How a recording ended, by its own facts, of which there is enough though its source goes on.
_ENOUGH: Final = frozenset({"duration", "stopped"})
#: Should no poll come, a watcher looks after itself so often, seconds.
_BY_ITSELF_S: Final = 3_600.0
#: While it is recorded nobody looks: this long, seconds.
_NOT_NOW_S: Final = 30 * 86_400.0
#: After a recording that failed the next look does not come at once.
_FAILED_S: Final = 10.0


def run(params: Params, ctx: Context) -> Result:
    """Have what was seen live recorded, then wait again; ends only when it is asked to finish."""
    state = ctx.polled()
    memory = Memory.of(state.facts)
    look_in_s = 0.0
    if memory.wanted is not None and (memory.begun or not ctx.stopping):
        if not memory.begun:
            memory = memory.begins(time.time())
            ctx.poll_in(_NOT_NOW_S, memory.facts())
        child = ctx.submit(recording.service, params.recording(), tied=f"recording {memory.made}")
        memory, look_in_s = _recorded(memory, child, ctx)
    elif memory.looked_at is not None:  # no poll has come for long, or it was looked at a moment ago
        look_in_s = max(
            0.0, memory.looked_at + memory.pause_s(interval_s(params.poll_interval, state.wishes)) - time.time()
        )
    if ctx.stopping:
        return Result(data={"recordings": memory.made, "last_recording": memory.last})
    ctx.poll_in(look_in_s, memory.facts())
    raise Later(_BY_ITSELF_S, "waiting until it is live")


def _recorded(memory: Memory, child: Child, ctx: Context) -> tuple[Memory, float]:
    """Return what is known after a recording, and when to look again. Raises Later while it is not finished."""
    if ctx.stopping:
        child.stop()
    told = child.told(_words(memory, child, ctx))
    if not isinstance(told, PermanentError):
        how = str(told.get("ended", ""))
        ctx.log("recording.ended", task_id=child.id, how=how)
        return memory.recorded(child.id, enough=how in _ENOUGH), 0.0
    code = _code(told)
    ctx.log("recording.failed", task_id=child.id, code=code)
    if code == "REVOKED":  # somebody wants none of it
        return memory.recorded(child.id, enough=True), 0.0
    return memory.not_recorded(child.id, code), _FAILED_S


def _words(memory: Memory, child: Child, ctx: Context) -> str:
    """Return what it does, for people."""
    since = f" since {datetime.fromtimestamp(memory.since, UTC):%Y-%m-%d %H:%M} UTC" if memory.since else ""
    return f"{'finishing its recording' if ctx.stopping else f'recording{since}'} (job {child.id})"


def _code(failed: PermanentError) -> str:
    cause = failed.__cause__
    return cause.code if isinstance(cause, PermanentError) else failed.code


def check(params: Params, files: Files) -> None:
    """Raise as the check of a recording does."""
    del files  # there are none
    check_source(params.room_id, params.url, params.options)


def poll(polls: Polls[Params]) -> None:
    """Look at the sources of watchers; see `polling`."""
    from mediamill.services.recordings.watching import polling  # noqa: PLC0415 - importing a service is cheap

    polling.poll(polls)


def identity(params: Params) -> str:
    """Return what an owner has one watcher of."""
    return params.key


service: Service[Any] = Service(
    "watchers",
    Params,
    run,
    queue=Queue.DEFAULT,
    dedupe="alive",
    identity=identity,
    poll=poll,
    public=False,
    check=check,
    needs=recording.service.needs,
    extra=recording.service.extra,
)
