"""`mediamill restore`: a backup takes the place of a data folder."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from mediamill import wiring
from mediamill.cli import Ended, Exit, at_hand
from mediamill.cli.backup import FOLDER, data_dir_option
from mediamill.cli.lock import FolderLock
from mediamill.cli.progress import counting, say
from mediamill.cli.rebuild import rebuilt
from mediamill.cli.servers import settings_with
from mediamill.engine import restore as restores
from mediamill.engine.backup import Manifest
from mediamill.settings import Settings, prepare

_SHOWN: Final = 5


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--replace", "replaces", is_flag=True, help="Move what is in the data folder aside; nothing is deleted.")
@click.option("--keep-files", is_flag=True, help="Restore records and keys only; the files, which are newer, stay.")
@click.option("--despite-damage", is_flag=True, help="Leave damaged files out instead of refusing.")
@data_dir_option
def restore(folder: Path, *, replaces: bool, keep_files: bool, despite_damage: bool, data_dir: Path | None) -> None:
    """Bring a backup back to the data folder. No server may run on it.

    The backup is read and checked whole before anything is touched, and stays as it is. Jobs that
    have ended by what lies beside their files are not run again, though the records be older.

    \b
    Examples:
      mediamill restore /backups/2026-03-01
      mediamill restore /backups/2026-03-01 --replace --keep-files
    """  # noqa: D301 - \b is click's mark for lines to be kept
    settings, folder = settings_with(data_dir=data_dir), folder.absolute()
    manifest = Manifest.read(folder)
    _check_fits(settings, manifest)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FolderLock(settings.data_dir) as lock:
        there = restores.occupied(settings.data_dir, keep_files=keep_files)
        if there and not replaces:
            raise Ended(
                Exit.USAGE,
                f"{settings.data_dir} is not empty ({_some(there)}): --replace moves that aside, "
                "or take another folder with --data-dir",
            )
        left_out = _damaged(folder, manifest, accepted=despite_damage)
        with counting("files laid out") as tell:
            staged = restores.lay_out(
                folder, settings.data_dir, manifest, left_out=frozenset(left_out), keep_files=keep_files, tell=tell
            )
        if settings.redis.private:
            _reconcile(settings, staged, lock, keep_files=keep_files)
        aside = restores.take_place(settings.data_dir, keep_files=keep_files)
    click.echo(str(settings.data_dir))
    for line in _to_know(settings, manifest, aside, left_out):
        say(line)


def _check_fits(settings: Settings, manifest: Manifest) -> None:
    """Refuse a backup whose parts these settings would not find."""
    wrong = {
        "it holds the records of a private Valkey, but REDIS_URL is set: unset it": (
            manifest.store == "private" and not settings.redis.private
        ),
        f"its keys begin with {manifest.prefix!r}: set MEDIAMILL_KEY_PREFIX to that": (
            manifest.store == "private" and manifest.prefix != settings.redis.prefix
        ),
        "its files are in a bucket: set S3_BUCKET": manifest.files == "bucket" and settings.files.location is None,
        "it holds its files, but S3_BUCKET is set: unset it": (
            manifest.files == "folder" and settings.files.location is not None
        ),
    }
    for words, is_so in wrong.items():
        if is_so:
            raise Ended(Exit.USAGE, f"the backup does not fit the settings: {words}")


def _damaged(folder: Path, manifest: Manifest, *, accepted: bool) -> list[str]:
    """Check the backup; return the damaged files, where that is accepted."""
    with counting("files checked") as tell:
        damaged = restores.damaged(folder, manifest, tell)
    if damaged and not accepted:
        raise Ended(
            Exit.FAILED,
            f"{len(damaged)} files of {folder} are damaged or missing ({_some(damaged)}); nothing was restored. "
            "--despite-damage leaves them out",
        )
    return damaged


def _reconcile(settings: Settings, staged: Path, lock: FolderLock, *, keep_files: bool) -> None:
    """Bring the records up to what the files say, before any worker can see them."""
    root = settings.data_dir if keep_files else staged
    aside = prepare(replace(settings, data_dir=staged, files=replace(settings.files, root=root)))
    with at_hand.store(aside, lock):
        rebuilt(wiring.make_rebuilder(aside))


def _to_know(settings: Settings, manifest: Manifest, aside: Path | None, left_out: Sequence[str]) -> Iterator[str]:
    if aside is not None:
        yield f"what was there is in {aside}: delete it when you no longer need it"
    if left_out:
        yield f"{len(left_out)} damaged files were left out: {_some(left_out)}"
    if not settings.redis.private:
        yield "the records are in your Redis: bring its own backup back, then run `mediamill rebuild`"
    if "secret-key" not in manifest.keys:
        yield "its secret parameters were encrypted with MEDIAMILL_SECRET_KEYS: set it as it was"
    if settings.spool.folder != settings.data_dir / "spool" and (settings.data_dir / "spool").exists():
        yield f"requests that waited in the spool are in {settings.data_dir / 'spool'}: move it to MEDIAMILL_SPOOL_DIR"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown}, ..."
