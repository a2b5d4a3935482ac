"""The service `recordings`: what is live becomes a file."""

from mediamill import Context, Queue, Result, Service
from mediamill.services.recordings.checks import check
from mediamill.services.recordings.params import LONGEST_S, Params

#: For joining and keeping what was recorded for so long.
_AFTERWARDS_S = 7_200.0


def run(params: Params, ctx: Context) -> Result:
    """Record until it is over, and make one file of it; see README.md."""
    from mediamill.services.recordings.work import make  # noqa: PLC0415 - as every service: importing it is cheap

    return make(params, ctx)


def rescue(params: Params) -> Params:
    """Return the request by which a part that a recording left behind is made a file of its own."""
    return params


service = Service(
    "recordings",
    Params,
    run,
    queue=Queue.RECORDING,
    time_limit_s=LONGEST_S + _AFTERWARDS_S,
    dedupe="alive",
    secrets=("options.cookies",),
    check=check,
    rescue=rescue,
    endless=True,
    needs=("aiohttp", "av", "imageio_ffmpeg", "streamlink"),
    extra="recordings",
)
