"""`mediamill backup`: everything, into a folder, from a house that goes on working."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from mediamill import __version__, wiring
from mediamill.cli import Ended, Exit, at_hand
from mediamill.cli.lock import FolderLock
from mediamill.cli.progress import counting, say
from mediamill.cli.servers import settings_with
from mediamill.engine import backup as backups
from mediamill.engine.backup import Manifest
from mediamill.files.lasting import Lasting
from mediamill.settings import Settings, prepare

FOLDER: Final = click.Path(file_okay=False, path_type=Path)
data_dir_option: Final = click.option(
    "--data-dir", type=FOLDER, help="The data folder.  [default: MEDIAMILL_DATA_DIR or ~/.local/share/mediamill]"
)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--cache", is_flag=True, help="Copy finished steps too, which can be made again.")
@data_dir_option
def backup(folder: Path, *, cache: bool, data_dir: Path | None) -> None:
    """Copy everything to the new folder DIR, while the server runs or not.

    Files are linked where DIR is on the same disk. Copy DIR to another machine: it holds keys, so
    keep it private. Files in a bucket, and records in a Redis of yours (REDIS_URL), need the
    backup of their own servers. Models of voices (MEDIAMILL_VOICES_DIR) are not in it.

    \b
    Example:
      mediamill backup /backups/$(date +%F)
    """  # noqa: D301 - \b is click's mark for lines to be kept
    settings = settings_with(data_dir=data_dir)
    folder = folder.absolute()
    if folder.resolve().is_relative_to(settings.data_dir.resolve()):
        raise Ended(Exit.USAGE, f"{folder} lies in the data folder, and would be lost with it: take another place")
    if not settings.data_dir.is_dir():
        raise Ended(Exit.USAGE, f"{settings.data_dir} does not exist: there is nothing to back up (--data-dir)")
    settings = prepare(settings)
    with at_hand.store(settings), _alone(settings), counting("files copied") as tell:
        manifest = backups.write(folder, wiring.backup_sources(settings, cache=cache), __version__, tell)
    click.echo(str(folder))
    say(f"done: {manifest.count} files, {manifest.size_bytes / 2**20:.1f} MiB, and the keys")
    for line in _not_in_it(settings, manifest):
        say(line)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep other backups of this data folder away: a Valkey makes one snapshot, in one place."""
    place = settings.data_dir / "valkey"
    if not settings.redis.private:
        yield
        return
    with FolderLock(place, wait_s=0):
        yield


def _not_in_it(settings: Settings, manifest: Manifest) -> Iterator[str]:
    if manifest.store == "outside":
        yield (
            "records are in your Redis (REDIS_URL), not in this backup: that server needs a backup of its own. "
            "`mediamill restore` and `mediamill rebuild` bring finished jobs back without it; waiting ones are lost"
        )
    if manifest.files == "bucket":
        yield f"files are in {settings.files.location}, not in this backup: the bucket needs versions or a copy"
    voices = settings.voices.folder
    if voices is not None and voices.is_dir() and any(voices.iterdir()):
        yield f"models of voices are in {voices}, not in this backup: keep a copy, or a note where they came from"
    library = settings.library.folder
    if library.is_dir() and any(library.iterdir()):
        yield f"recordings are in {library}, not in this backup: keep a copy of that folder, its hidden files too"
    lasting = Lasting(settings.files.root, settings.worker.machine)
    if not lasting.empty():
        yield f"what jobs are receiving just now is in {lasting.root}, not in this backup: `restore` leaves it there"
    for name, variable in (("secret-key", "MEDIAMILL_SECRET_KEYS"), ("api-key", "API_KEYS")):
        if name not in manifest.keys:
            yield f"{variable} is set and not in this backup: keep it yourself"
