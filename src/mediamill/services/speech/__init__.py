"""The service `speech`: a text, sent or uploaded, read aloud, with captions."""

from collections.abc import Iterable
from pathlib import Path

from mediamill import Context, Files, InvalidInput, Queue, Result, Service
from mediamill.media.text import aside, pieces
from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.language import check_script
from mediamill.media.voices.script import LONGEST_SILENCE_S, asked_silence_s, check_vietnamese, too_silent
from mediamill.services.speech.params import Params

#: A text this short is said within a second or two, and somebody waits for it.
SHORT_CHARS = 400


def check(params: Params, files: Files) -> None:
    """Raise InvalidInput unless there is exactly one text, and something in it to say."""
    path = files.get("file")
    if (params.text is None) == (path is None):
        raise InvalidInput("send either `text` or a file: one of them, not both", field="text" if path else "file")
    field = "text" if path is None else "file"
    head, has_words, silence_s = "", False, 0.0
    for piece in _pieces_of(params, path):  # of a file to its end, for there may be an invalid byte
        head = head or piece
        has_words = has_words or normalise.speakable(piece)
        silence_s += asked_silence_s(piece, field=field)
    if not has_words:
        raise InvalidInput("there is nothing to say in the text: no letter and no digit", field=field)
    if silence_s > LONGEST_SILENCE_S:
        raise too_silent(silence_s, field=field)
    if params.language is None and params.section is None:
        check_script(head, field=field)
        if isinstance(params.voice, str):
            check_vietnamese(head, voice_named(params.voice))


def text_of(params: Params, path: Path | None) -> str:
    """Return the text as it was sent, or the text of the file. Raises InvalidInput."""
    return "".join(_pieces_of(params, path))


def _pieces_of(params: Params, path: Path | None) -> Iterable[str]:
    return (params.text or "",) if path is None else pieces(path)


def queue(params: Params, files: Files) -> Queue:
    """Return where the request waits: somebody listens for a short text, and a long one takes its time."""
    if params.section is not None:
        return Queue.CPU
    length = files["file"].stat().st_size if "file" in files else len(params.text or "")
    return Queue.INTERACTIVE if length <= SHORT_CHARS else Queue.CPU


def run(params: Params, ctx: Context) -> Result:
    """Say the text into `speech.<format>`: mono, 24 kHz, 16 bits; and write its captions."""
    # numpy, soundfile and the models are loaded by the process that speaks, not by everyone who imports us.
    from mediamill.services.speech.ways import read  # noqa: PLC0415 - see above

    return read(params, ctx)


def warm() -> None:
    """Load what the first short text would wait for."""
    from mediamill.services.speech.rehearsal import rehearse  # noqa: PLC0415 - as in `run`

    rehearse()


service = Service(
    "speech",
    Params,
    run,
    queue=queue,
    time_limit_s=7_200,
    inputs=("file",),
    check=check,
    aside=lambda params: aside(params, params.text),
    warm=warm,
    needs=(
        "av",
        "emoji",
        "espeakng_loader",
        "hibari",
        "lameenc",
        "markdown_it",
        "numpy",
        "py3langid",
        "scipy",
        "soundfile",
        "soxr",
        "stamina",
    ),
    extra="speech",
)
