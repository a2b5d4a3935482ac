"""Look at the files that outlive their jobs, such as recordings, and fetch them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Final

import click

from mediamill.cli import Exit
from mediamill.cli.access import Access, refusal, server_options
from mediamill.cli.ages import Age
from mediamill.cli.rounds import News
from mediamill.cli.tables import ago, size, span, table
from mediamill.client import ApiError, Client, KeptFile, KeptFilter

_ACTS: Final = ("list", "get", "delete")
_HEADS: Final = ("SIZE", "LENGTH", "KEPT", "PATH")
_MB: Final = 1_000_000


@click.command()
@click.argument("act", default="list", type=click.Choice(_ACTS), metavar="[list|get|delete]")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--room", metavar="ROOM", help="list: only those of this channel, such as @name.")
@click.option("--source", metavar="URL", help="list: only what was recorded from this address.")
@click.option("--within", type=Age(), metavar="AGE", help="list: only those kept within this time, such as 7d.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="list: how many.")
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="get: where to.  [default: here]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@server_options
def files(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    act: str,
    paths: tuple[str, ...],
    room: str | None,
    source: str | None,
    within: float | None,
    limit: int,
    out: Path,
    as_json: bool,
) -> int:
    """List your recordings and what else outlives its job, kept last first; get or delete some by their PATHs.

    What broke off goes on where it stopped when the same is asked for again. Files of jobs come by `submit` and
    `archive`; what is deleted here a job keeps for as long as jobs do.

    \b
    Examples:
      mediamill files --room @vtv24news --within 7d
      mediamill files get '@vtv24news/2026/03/01/20260301T093000_Morning.mp4' -o films
      mediamill files delete '@vtv24news/2026/03/01/20260301T093000_Morning.mp4'
      mediamill files --json | jq -r .path | xargs -d '\\n' mediamill files get
    """  # noqa: D301 - \b is click's mark for lines to be kept
    if bool(paths) == (act == "list"):
        raise click.UsageError(f"{act} takes {'at least one path' if not paths else 'no paths'}")
    targets = _targets(paths, out) if act == "get" else {}
    since = None if within is None else datetime.now(UTC) - timedelta(seconds=within)
    wanted = KeptFilter(room_id=room, url=source, since=since)
    with access.client() as client:
        if act == "get":
            return _get(client, targets, as_json=as_json)
        if act == "delete":
            return _delete(client, paths, as_json=as_json)
        _list(islice(client.kept_files(wanted, page_size=min(limit, 100)), limit), as_json=as_json)
    return 0


def _targets(paths: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return where each path goes: names of their own in one folder. Raises click.UsageError when two would meet."""
    targets: dict[str, Path] = {}
    for path in dict.fromkeys(paths):
        target = folder / path.rpartition("/")[2]
        if target in targets.values():
            raise click.UsageError(f"two of them are called {target.name!r}: get them into folders of their own (-o)")
        targets[path] = target
    return targets


def _get(client: Client, targets: dict[str, Path], *, as_json: bool) -> int:
    """Fetch every file; those that are refused do not stop the others."""
    refused, news = 0, News()
    for path, target in targets.items():

        def told(there: int, all_bytes: int, name: str = target.name) -> None:
            news.tell(f"{name}: {there / _MB:,.0f} of {all_bytes / _MB:,.0f} MB")

        try:
            found = client.download_kept(path, target.parent, told=told)
        except ApiError as error:
            refused += _told(path, error)
            continue
        click.echo(json.dumps({"path": path, "file": str(found)}, ensure_ascii=False) if as_json else str(found))
    return Exit.REFUSED if refused else 0


def _delete(client: Client, paths: Iterable[str], *, as_json: bool) -> int:
    """Take every file away; those that are refused do not stop the others."""
    refused = 0
    for path in dict.fromkeys(paths):
        try:
            gone = client.delete_kept(path)
        except ApiError as error:
            refused += _told(path, error)
            continue
        click.echo(json.dumps({"path": gone.path, "deleted": True}, ensure_ascii=False) if as_json else gone.path)
    return Exit.REFUSED if refused else 0


def _told(path: str, error: ApiError) -> int:
    """Say why one is refused; return 1. Raises what would be said of each of them."""
    if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise error
    click.echo(f"{path}: {refusal(error)}", err=True)
    return 1


def _list(found: Iterable[KeptFile], *, as_json: bool) -> None:
    if as_json:
        for file in found:
            times = {"kept_at": file.kept_at.isoformat(), "began_at": file.began_at.isoformat()}
            click.echo(json.dumps({**asdict(file), **times}, ensure_ascii=False))
    else:
        table(_HEADS, map(_row, found), "no files")


def _row(file: KeptFile) -> tuple[str, ...]:
    return (size(file.size_bytes), span(file.duration_s), ago(file.kept_at), file.path)
