"""The service `downloads`: an address of the web, and the sound that is there as files."""

from mediamill import Context, Queue, Result, Service
from mediamill.services.downloads.checks import check
from mediamill.services.downloads.params import Params


def run(params: Params, ctx: Context) -> Result:
    """Download what is at the address, or at each of several; see README.md."""
    from mediamill.services.downloads.work import make  # noqa: PLC0415 - as every service: importing it is cheap

    return make(params, ctx)


service = Service(
    "downloads",
    Params,
    run,
    queue=Queue.DOWNLOADS,
    time_limit_s=10_800,
    secrets=("cookies",),
    check=check,
    needs=("imageio_ffmpeg", "mutagen", "yt_dlp"),
    extra="downloads",
)
