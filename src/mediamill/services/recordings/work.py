"""The work of `recordings`, apart from its declaration, so that importing that one stays cheap.

What is live comes once: so each part is published as soon as it is finished, what lies unfinished outlives whoever
wrote it, and the tape knows what earlier attempts recorded. Only when all of it is one file that was verified do the
parts go.
"""

from mediamill import Context, InvalidInput, PermanentError, Result
from mediamill.media.live.feed import Source
from mediamill.services.recordings.capture import capture
from mediamill.services.recordings.finishing import finish
from mediamill.services.recordings.origin import origin
from mediamill.services.recordings.params import Params
from mediamill.services.recordings.rescuing import put_on
from mediamill.services.recordings.tape import Tape
from mediamill.services.recordings.whereabouts import Whereabouts


def make(params: Params, ctx: Context) -> Result:
    """Record until it is over, and make one file of it; or make a file of what another job left behind."""
    ctx.check()
    source = _source(params)
    tape = Tape(ctx)
    stray = ctx.input("rescued")
    if stray is not None:
        put_on(tape, stray, ctx)
    elif not tape.memo.why:
        capture(params, source, tape, ctx)
    Whereabouts(ctx).forget()
    return finish(params, source, tape, ctx)


def _source(params: Params) -> Source:
    """Return what the request names. What is refused now was not at the door, and stays refused."""
    try:
        return origin(params.room_id, params.url, params.options)
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused
