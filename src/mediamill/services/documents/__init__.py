"""The service `documents`: the words worth learning in a document, as flashcards."""

from collections.abc import Mapping

from mediamill import Context, Queue, Result, Service
from mediamill.media.text import aside
from mediamill.services.documents.checks import check
from mediamill.services.documents.params import Params


def run(params: Params, ctx: Context) -> Result:
    """Make `cards.json`, `deck.apkg`, `cards.csv`, mind maps, `graph.json` and sounds; see README.md."""
    # numpy, vectors and dictionaries are loaded by the process that works, not by everyone who imports us.
    from mediamill.services.documents.work import make  # noqa: PLC0415 - see above

    return make(params, ctx)


def put_aside(params: Params) -> tuple[Params, Mapping[str, str]]:
    """Return a request without its cards or a long text, and these by input name."""
    if params.cards is not None:
        return params.model_copy(update={"cards": None}), {"cards": params.cards.model_dump_json()}
    return aside(params, params.text)


service = Service(
    "documents",
    Params,
    run,
    queue=Queue.CPU,
    time_limit_s=7_200,
    inputs=("file", "cards"),
    check=check,
    aside=put_aside,
    needs=(
        "cefrpy",
        "genanki",
        "hibari",
        "lxml",
        "py3langid",
        "pypdf",
        "pypdfium2",
        "safetensors",
        "tesserocr",
        "tokenizers",
        "wordfreq",
        "wordllama",
    ),
    extra="documents",
)
