"""Remove finished jobs with their files."""

import json
from typing import Final

import click

from mediamill.cli.access import Access, server_options
from mediamill.cli.ages import Age
from mediamill.cli.rounds import News, many
from mediamill.cli.tables import size
from mediamill.client import Purged

_STATUSES: Final = ("SUCCESS", "FAILURE", "REVOKED")


@click.command()
@click.option("--older-than", type=Age(), default="7d", show_default=True, help="Those that ended so long ago.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice(_STATUSES, case_sensitive=False),
    multiple=True,
    help="Only those that ended so; may be repeated.",
)
@click.option("--service", help="Only those of this service.")
@click.option("--owner", help="Only those of this owner.")
@click.option("--yes", is_flag=True, help="Do it. Without this, only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@server_options
def purge(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    older_than: float,
    statuses: tuple[str, ...],
    service: str | None,
    owner: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove finished jobs of all owners with their files, before their time is over. For admins.

    \b
    Examples:
      mediamill purge --older-than 12h                    say what would be removed
      mediamill purge --older-than 0s --status REVOKED --yes
    """  # noqa: D301 - \b is click's mark for lines to be kept
    news = News()
    did = "removed" if yes else "to be removed"

    def told(done: Purged) -> None:
        news.tell(f"{many(done.jobs)} {did} so far, with {size(done.size_bytes)} of files")

    with access.client() as client:
        done = client.purge(
            older_than,
            statuses=[status.upper() for status in statuses] or None,
            service=service,
            owner=owner,
            dry_run=not yes,
            told=told,
        )
    if as_json:
        click.echo(json.dumps({"jobs": done.jobs, "size_bytes": done.size_bytes, "dry_run": not yes}))
    elif yes:
        click.echo(f"removed {many(done.jobs)} with {size(done.size_bytes)} of files")
    else:
        hint = "; --yes removes them" if done.jobs else ""
        click.echo(f"would remove {many(done.jobs)} with {size(done.size_bytes)} of files{hint}")
