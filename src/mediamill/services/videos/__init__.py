"""The service `videos`: a text or a document becomes a narrated video."""

from collections.abc import Mapping

from mediamill import Context, Queue, Result, Service
from mediamill.services.videos.checks import check
from mediamill.services.videos.params import IMAGES, Params

#: A longer text is a file of the job, and no parameter, once it is accepted.
KEPT_CHARS = 10_000


def aside(params: Params) -> tuple[Params, Mapping[str, str]]:
    """Keep a long text as a file."""
    if params.text is None or len(params.text) <= KEPT_CHARS:
        return params, {}
    return params.model_copy(update={"text": None}), {"file": params.text}


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
    aside=aside,
    needs=("PIL", "av", "hibari", "pypdfium2", "soundfile", "soxr", "typst"),
    extra="video",
)
