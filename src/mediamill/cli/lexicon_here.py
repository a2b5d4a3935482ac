"""Whether this machine has a dictionary: a part of `mediamill doctor`."""

from collections.abc import Iterator
from importlib.util import find_spec

from mediamill.cli.finding import Finding
from mediamill.settings import Settings

_LACKS = (
    "there is no WordNet here: flashcards take meanings from the document or a language model only, others ask for the "
    "gap in a sentence, and there are fewer synonyms; `mediamill doctor --fix` gets it by npm or apt"
)


def lexicon_here(settings: Settings) -> Iterator[Finding]:
    """Say whether WordNet was built, and what is lost without it."""
    if find_spec("cefrpy") is None:  # the service documents is off, and its finding says why
        return
    from mediamill.media import installed  # noqa: PLC0415 - only here
    from mediamill.media.lexicon import wordnet  # noqa: PLC0415

    installed.use(settings.lexicon.folder)
    if wordnet.place().is_file():
        yield Finding("lexicon", "ok", f"WordNet is in {wordnet.place()}")
    else:
        yield Finding("lexicon", "note", _LACKS, _built)


def _built() -> str:
    from mediamill.media.lexicon.installing import install  # noqa: PLC0415

    return f"WordNet was built: {install()}, with its licence beside it"
