"""The service `videos`: a text or a document becomes a narrated video."""

from mediamill import Context, Queue, Result, Service
from mediamill.media.text import aside
from mediamill.services.videos.checks import check
from mediamill.services.videos.params import IMAGES, Params


def run(params: Params, ctx: Context) -> Result:
    """Make `video.mp4`, or `script.json` only; see README.md."""
    # numpy, models and codecs are loaded by the process that works, not by everyone who imports us.
    from mediamill.services.videos.work import make  # noqa: PLC0415 - see above

    return make(params, ctx)


service = Service(
    "videos",
    Params,
    run,
    queue=Queue.CPU,
    time_limit_s=7_200,
    inputs=("file", "logo", "music", *IMAGES),
    check=check,
    aside=lambda params: aside(params, params.text),
    needs=("PIL", "av", "hibari", "lxml", "pypdfium2", "soundfile", "soxr", "typst"),
    extra="video",
)
