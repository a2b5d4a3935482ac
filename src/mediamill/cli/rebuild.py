"""`mediamill rebuild`: finished jobs again from what lies beside their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from mediamill import wiring
from mediamill.cli import Exit, at_hand
from mediamill.cli.backup import data_dir_option
from mediamill.cli.progress import counting, say
from mediamill.cli.servers import settings_with
from mediamill.engine.rebuild import Rebuilder, Skipped, Tally
from mediamill.settings import prepare
from mediamill.store.adoptions import Adopted

_WORDS: Final[Mapping[Adopted | Skipped, str]] = {
    "new": "brought back",
    "ended": "known as unfinished, and ended now",
    "settled": "had their end written already",
    "known": "known already",
    "old": "too old to be kept",
    "unended": "without an end",
    "spoilt": "not readable",
    "refused": "refused by the store, whose keys of these jobs are something else",
}


@click.command()
@data_dir_option
def rebuild(data_dir: Path | None) -> int:
    """Bring finished jobs back from their files, after the store was wiped or set back.

    Works while a server runs, and when none does. Jobs that the store knows better are left alone;
    none is run again. What had not ended cannot be brought back. Recordings of this machine are
    found again, too. Exit code 1 when a job.json cannot be read.

    \b
    Example:
      mediamill rebuild
    """  # noqa: D301 - \b is click's mark for lines to be kept
    settings = prepare(settings_with(data_dir=data_dir))
    with at_hand.store(settings):
        tally = rebuilt(wiring.make_rebuilder(settings))
        learnt = wiring.make_librarian(wiring.open_house(settings)).walk()
    say(f"recordings: {learnt or 'none'} found in {settings.library.folder} that the index did not know")
    return Exit.FAILED if tally["spoilt"] or tally["refused"] else 0


def rebuilt(rebuilder: Rebuilder) -> Tally:
    """Run a rebuild, show how far it is, and say what came of it."""
    with counting("jobs looked at") as tell:
        tally = rebuilder.run(tell=tell, spoilt=lambda job_id, why: say(f"jobs/{job_id}/job.json is skipped: {why}"))
    told = [f"{tally[word]} {words}" for word, words in _WORDS.items() if tally[word]]
    say(f"jobs: {', '.join(told) or 'none'}")
    return tally
