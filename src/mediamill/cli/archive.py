"""Fetch the files of jobs as one archive."""

from pathlib import Path
from typing import Final

import click

from mediamill.cli.access import Access, server_options
from mediamill.cli.rounds import News, many

_MB: Final = 1_000_000


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to.  [default: the job's id, or how many there are, and .zip]",
)
@server_options
def archive(access: Access, *, ids: tuple[str, ...], out: Path | None) -> None:
    """Fetch the files of finished jobs as one ZIP archive, up to 100 jobs, each in a folder of its own.

    What broke off goes on where it stopped when the same is asked for again.

    \b
    Examples:
      mediamill archive 01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d
      mediamill jobs --service downloads --status SUCCESS --json | jq -r .task_id | xargs mediamill archive -o songs.zip
    """  # noqa: D301 - \b is click's mark for lines to be kept
    news, jobs = News(), list(dict.fromkeys(ids))
    path = out or Path(f"{jobs[0]}.zip" if len(jobs) == 1 else f"{len(jobs)}-jobs.zip")

    def told(there: int, all_bytes: int) -> None:
        news.tell(f"{there / _MB:,.0f} of {all_bytes / _MB:,.0f} MB")

    with access.client() as client:
        client.archive(jobs, path, told=told)
    click.echo(f"{path}  {path.stat().st_size / _MB:,.1f} MB of {many(len(jobs))}")
