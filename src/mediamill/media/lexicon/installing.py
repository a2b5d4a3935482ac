"""Building WordNet's database where mediamill is set up."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from mediamill.media import installed
from mediamill.media.lexicon import sources, wordnet, wordnet_files

LICENCE: Final = "wordnet-licence.txt"

#: Gets the files of a release into an empty folder, and returns where in it they are.
Fetch = Callable[[Path], Path]


def install(fetch: Fetch = sources.fetch) -> Path:
    """Build the database at `wordnet.place()`, its licence beside it, and return where. Does nothing if it is there.

    Takes some seconds; see `installed.install`. Raises PermanentError that says why it could not be built.
    """
    return installed.install(wordnet.place(), partial(_build, fetch))


def _build(fetch: Fetch, aside: Path) -> None:
    (files := aside / "files").mkdir()
    release = fetch(files)
    (aside / LICENCE).write_text(wordnet_files.licence(release), encoding="utf-8")
    wordnet.build(release, aside / wordnet.NAME)
