"""Look at jobs and act on them."""

import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

import click

from mediamill.cli import Exit
from mediamill.cli.access import Access, server_options
from mediamill.cli.tables import ago, table
from mediamill.client import Accepted, ApiError, Client, Job, LogLine

_STATUSES: Final = ("PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
_ids = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.command()
@click.argument("task_id", required=False, metavar="[ID]")
@click.option("--service", help="Only jobs of this service.")
@click.option("--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Only jobs in this state.")
@click.option("--children", is_flag=True, help="Also jobs that only another job has asked for.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@_as_json
@server_options
def jobs(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    task_id: str | None,
    service: str | None,
    status: str | None,
    children: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List jobs, newest first, or show one.

    \b
    Examples:
      mediamill jobs
      mediamill jobs --status FAILURE --json | jq -r .task_id | xargs mediamill retry
      mediamill jobs 01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d
    """  # noqa: D301 - \b is click's mark for lines to be kept
    with access.client() as client:
        if task_id is not None:
            _show(client.job(task_id), as_json=as_json)
            return
        wanted = status.upper() if status else None
        listed = client.jobs(service=service, status=wanted, children=children, page_size=min(limit, 100))
        found = islice(listed, limit)
        if as_json:
            for job in found:
                click.echo(json.dumps(job.body, ensure_ascii=False))
        else:
            table(("ID", "SERVICE", "STATUS", "DONE", "CREATED", "STAGE"), map(_row, found), "no jobs")


@click.command()
@click.argument("task_id", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
@click.option("-n", "--last", "last_n", type=click.IntRange(0, 2_000), help="Only the last N lines.")
@_as_json
@server_options
def logs(access: Access, *, task_id: str, follow: bool, last_n: int | None, as_json: bool) -> None:
    """Print a job's log.

    \b
    Example:
      mediamill logs -f 01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d
    """  # noqa: D301
    with access.client() as client:
        for line in client.logs(task_id, last_n=last_n, follow=follow):
            click.echo(_json_line(line) if as_json else _plain_line(line))


@click.command()
@_ids
@_as_json
@server_options
def cancel(access: Access, *, ids: tuple[str, ...], as_json: bool) -> int:
    """Cancel jobs: nothing of them runs on, and what they made is discarded."""
    return _each(access, ids, Client.cancel, as_json=as_json)


@click.command()
@_ids
@_as_json
@server_options
def stop(access: Access, *, ids: tuple[str, ...], as_json: bool) -> int:
    """Ask jobs that have begun to finish early and keep what there is."""
    return _each(access, ids, Client.stop, as_json=as_json)


@click.command()
@_ids
@_as_json
@server_options
def retry(access: Access, *, ids: tuple[str, ...], as_json: bool) -> int:
    """Run failed or cancelled jobs again; their history is kept."""
    return _each(access, ids, Client.retry, as_json=as_json)


def _each(access: Access, ids: Iterable[str], act: Callable[[Client, str], Job | Accepted], *, as_json: bool) -> int:
    """Do something to every job; the ones that refuse do not stop the others."""
    refused = 0
    with access.client() as client:
        for task_id in ids:
            try:
                seen = act(client, task_id)
            except ApiError as error:
                if error.status in {401, 403}:
                    raise
                refused += 1
                click.echo(f"{task_id}: {error.error_message}", err=True)
                continue
            told = {"task_id": seen.task_id, "status": seen.status}
            click.echo(json.dumps(told) if as_json else f"{seen.task_id}  {seen.status}")
    return Exit.REFUSED if refused else 0


def _show(job: Job, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(job.body, ensure_ascii=False))
        return
    shown = {name: value for name, value in job.body.items() if name not in {"links", "files", "history", "params"}}
    for name, value in shown.items():
        click.echo(f"{name:15} {_text(value)}")
    for each in job.files:
        click.echo(f"{'file':15} {each.name}  {each.size_bytes} bytes  {each.media_type}")
    for run in job.body.get("history", ()):
        why = f": {run['error_message']}" if run.get("error_message") else ""
        click.echo(f"{'attempt ' + str(run['attempt']):15} {run['outcome']}{why}")


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(job: Job) -> tuple[str, ...]:
    stage = (job.finished and job.error_code) or job.stage
    return (job.task_id, job.service, job.status, f"{job.progress:.0f} %", ago(job.created_at), stage)


def _plain_line(line: LogLine) -> str:
    fields = " ".join(f"{name}={_text(value)}" for name, value in line.fields.items())
    level = "" if line.level == "info" else f"{line.level.upper()} "
    at = line.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
    return f"{at} [{line.attempt}] {level}{line.event} {fields}".rstrip()


def _json_line(line: LogLine) -> str:
    facts = {"id": line.id, "at": line.at.isoformat(), "attempt": line.attempt, "level": line.level}
    return json.dumps({**facts, "event": line.event, "fields": line.fields}, ensure_ascii=False)
