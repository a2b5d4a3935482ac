"""Whether processes share what tells languages apart: a part of `mediamill doctor`."""

from collections.abc import Iterator
from importlib.util import find_spec

from mediamill.cli.finding import Finding
from mediamill.settings import Settings

_LACKS = (
    "there is no copy yet of the model of languages, for processes to share: the first that needs it makes one; where "
    "it may not, each takes half a second and 67 MB of its own; `mediamill doctor --fix` makes it"
)


def languages_here(settings: Settings) -> Iterator[Finding]:
    """Say whether the copy was made, and what it costs to be without."""
    if find_spec("py3langid") is None:  # the services that need it are off, and their finding says why
        return
    from mediamill.media import installed  # noqa: PLC0415 - only here
    from mediamill.media.voices.prose import identifier  # noqa: PLC0415

    installed.use(settings.lexicon.folder)
    if identifier.has_copy():
        yield Finding("languages", "ok", f"their model is in {identifier.place()}")
    else:
        yield Finding("languages", "note", _LACKS, _made)


def _made() -> str:
    from mediamill.media.voices.prose.identifier import install  # noqa: PLC0415

    return f"the copy was made: {install()}"
