"""Hand in a job, follow it, fetch its files."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from mediamill.cli import Ended, Exit
from mediamill.cli.access import Access, server_options
from mediamill.cli.progress import Follower, display
from mediamill.cli.queues import paused
from mediamill.cli.request import request
from mediamill.client import Client, ClientError, Job
from mediamill.core.policy import PRIORITY_MAX, PRIORITY_MIN


@click.command()
@click.argument("service")
@click.argument("given", required=False, metavar="[INPUT]")
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the service, as text or JSON; @PATH is what is in a file. theme.name=dark sets a part of one.",
)
@click.option("--text", "is_text", is_flag=True, help="INPUT is the text itself, not a file's name.")
@click.option("--file", "files", multiple=True, metavar="NAME=PATH", help="A further file that the service takes.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.  [default: SERVICE-ID]"
)
@click.option("--follow/--no-follow", default=True, help="Wait for the end and fetch the files, or only hand in.")
@click.option(
    "--priority",
    type=click.IntRange(PRIORITY_MIN, PRIORITY_MAX),
    default=0,
    show_default=True,
    help="Higher is sooner.",
)
@click.option("--force", is_flag=True, help="Run it even when the same request is running or done already.")
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="What one attempt may take.  [default and most: the service's own limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON on standard output.")
@server_options
def submit(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    service: str,
    given: str | None,
    params: tuple[str, ...],
    is_text: bool,
    files: tuple[str, ...],
    out: Path | None,
    follow: bool,
    priority: int,
    force: bool,
    time_limit_s: float | None,
    as_json: bool,
) -> int:
    """Hand in a job, follow it, and fetch its files.

    INPUT is a file to upload, a URL, `-` for a text on standard input, or with --text the text
    itself. Progress goes to standard error; the paths of the files, one a line, to standard output.

    \b
    Examples:
      mediamill submit speech book.txt --out book
      mediamill submit speech --text "Xin chào các bạn" -p speed=1.2 -p format=wav
      mediamill submit videos page.md -p theme.name=dark -p aspect=9:16 --file logo=logo.png
      mediamill submit videos -p script=@script.json
      mediamill submit documents book.pdf -p max_phrases=60 --out cards
      mediamill submit downloads https://example.com/feed.rss -p playlist=1:10 --out episodes
      mediamill submit recordings https://example.com/live.m3u8 -p duration=3600 --out evening
      fortune | mediamill submit speech - --priority 5
      mediamill submit speech book.txt --no-follow --json | jq -r .task_id
    """  # noqa: D301 - \b is click's mark for lines to be kept
    wanted, uploads = request(given, params, files, is_text=is_text)
    with access.client() as client:
        accepted = client.submit(
            service, wanted, files=uploads, priority=priority, force=force, time_limit_s=time_limit_s
        )
        if accepted.accepted_via == "spool":
            click.echo("accepted; the server keeps it until its store is back", err=True)
        if not follow:
            told = json.dumps({"task_id": accepted.task_id, "status": accepted.status})
            click.echo(told if as_json else accepted.task_id)
            return 0
        if accepted.accepted_via is None:
            _tell_of_pause(access, client, accepted.task_id)
        job = followed(client, accepted.task_id)
        folder = out or Path(f"{service}-{job.task_id[-8:]}")
        paths = client.download(job.task_id, folder) if job.succeeded else []
    report(job, paths, as_json=as_json)
    return 0 if job.succeeded else Exit.FAILED


def followed(client: Client, task_id: str) -> Job:
    """Show a job's progress until its end; return the finished job."""
    try:
        with display() as shown:
            follower = Follower(shown)
            for event in client.events(task_id, told=follower.miss):
                follower.take(event)
    except KeyboardInterrupt:
        raise Ended(
            Exit.INTERRUPTED,
            f"the job goes on; see `mediamill jobs {task_id}`, or stop it with `mediamill cancel {task_id}`",
        ) from None
    return client.job(task_id)


def _tell_of_pause(access: Access, client: Client, task_id: str) -> None:
    """Say that a job's queue is paused, to those who may know: it may wait for long."""
    with suppress(ClientError):  # following will tell what is wrong
        stopped = {queue.name for queue in paused(access)}
        job = client.job(task_id) if stopped else None
        if job is not None and job.status == "PENDING" and job.queue in stopped:
            click.echo(f"the queue {job.queue} is paused: the job waits until an admin resumes it", err=True)


def report(job: Job, paths: list[Path], *, as_json: bool) -> None:
    """Print what came of a job: paths on standard output, words on standard error."""
    if as_json:
        click.echo(json.dumps({**job.body, "paths": [str(path) for path in paths]}, ensure_ascii=False))
    else:
        for path in paths:
            click.echo(str(path))
    if job.succeeded:
        click.echo(f"done{_took(job)}", err=True)
        for fault in dict.fromkeys(_faults(job.data)):
            click.echo(f"not as it was asked for: {fault}", err=True)
    else:
        why = job.error_message or "it was cancelled"
        click.echo(f"{job.status}: {why}" + (f" ({job.error_code})" if job.error_code else ""), err=True)
        click.echo(f"`mediamill logs {job.task_id}` tells more", err=True)


def _faults(data: object) -> Iterator[str]:
    """Yield what a service's data calls a `fault` of what it made all the same, or `..._fault`; at any depth."""
    match data:
        case dict():
            for name, value in data.items():
                if str(name).rpartition("_")[2] == "fault" and isinstance(value, str):
                    yield value
                else:
                    yield from _faults(value)
        case list():
            for value in data:
                yield from _faults(value)


def _took(job: Job) -> str:
    if job.started_at is None or job.ended_at is None:
        return ""
    again = f", attempt {job.attempt}" if job.attempt > 1 else ""
    return f" in {(job.ended_at - job.started_at).total_seconds():.1f} s{again}"
