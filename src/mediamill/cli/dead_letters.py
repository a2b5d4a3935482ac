"""Look at failed jobs, and run them again by the hundred."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import ParamSpec, TypeVar

import click

from mediamill.cli import Exit
from mediamill.cli.access import Access, server_options
from mediamill.cli.ages import Age
from mediamill.cli.rounds import News, many
from mediamill.cli.tables import ago, table
from mediamill.client import DeadFilter, Job, Redriven
from mediamill.core.queues import Queue

P = ParamSpec("P")
R = TypeVar("R")

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def _filters(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the options that choose dead letters."""
    for option in (
        click.option("--owner", help="Only this owner's. For operators."),
        click.option(
            "--within", type=Age(), metavar="AGE", help="Only those that failed within this time, such as 12h."
        ),
        click.option("--error-code", metavar="CODE", help="Only those that failed with this code."),
        click.option("--queue", type=click.Choice([queue.value for queue in Queue]), help="Only those of this queue."),
        click.option("--service", help="Only those of this service."),
    ):
        command = option(command)
    return command


@click.command("dead-letters")
@_filters
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@_as_json
@server_options
def dead_letters(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    service: str | None,
    queue: str | None,
    error_code: str | None,
    within: float | None,
    owner: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List failed jobs, the last to fail first; `mediamill jobs ID` tells of each attempt.

    \b
    Example:
      mediamill dead-letters --error-code WORKER_LOST --within 12h
    """  # noqa: D301 - \b is click's mark for lines to be kept
    wanted = _wanted(service, queue, error_code, within, owner)
    with access.client() as client:
        found = islice(client.dead_letters(wanted, page_size=min(limit, 100)), limit)
        if as_json:
            for job in found:
                click.echo(json.dumps(job.body, ensure_ascii=False))
        else:
            table(("ID", "SERVICE", "FAILED", "TRIED", "CODE", "WHY"), map(_row, found), "no dead letters")


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_filters
@click.option("--all", "everything", is_flag=True, help="All of your own, or everybody's with an admin's key.")
@_as_json
@server_options
def redrive(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    ids: tuple[str, ...],
    service: str | None,
    queue: str | None,
    error_code: str | None,
    within: float | None,
    owner: str | None,
    everything: bool,
    as_json: bool,
) -> int:
    """Run failed jobs again: some by their ids, those of a filter, or all. Their history is kept.

    \b
    Examples:
      mediamill redrive 01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d
      mediamill redrive --service speech --error-code WORKER_LOST
    """  # noqa: D301
    wanted = _wanted(service, queue, error_code, within, owner)
    if [bool(ids), bool(wanted.wire()), everything].count(True) != 1:
        raise click.UsageError("say which: ids, a filter such as --service, or --all")
    news = News()

    def told(done: Redriven) -> None:
        news.tell(f"{many(done.redriven)} redriven so far")

    with access.client() as client:
        done = client.redrive_all(told=told) if everything else client.redrive(ids or wanted, told=told)
    if as_json:
        told_json = {"redriven": done.redriven, "unchanged": done.unchanged, "not_found": done.not_found}
        click.echo(json.dumps(told_json))
    else:
        rest = [f"{done.unchanged:,} unchanged"] * bool(done.unchanged)
        rest += [f"{done.not_found:,} not found"] * bool(done.not_found)
        click.echo(", ".join([f"{many(done.redriven)} redriven", *rest]))
    return Exit.REFUSED if ids and done.redriven < len(set(ids)) else 0


def _wanted(
    service: str | None, queue: str | None, error_code: str | None, within: float | None, owner: str | None
) -> DeadFilter:
    since = None if within is None else datetime.now(UTC) - timedelta(seconds=within)
    return DeadFilter(service=service, queue=queue, error_code=error_code, owner=owner, since=since)


def _row(job: Job) -> tuple[str, ...]:
    tries = len(job.body.get("history", ()))
    why = (job.error_message or "").partition("\n")[0]
    return (job.task_id, job.service, ago(job.ended_at or job.created_at), str(tries), job.error_code or "", why[:80])
