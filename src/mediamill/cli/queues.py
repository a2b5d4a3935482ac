"""Look at the queues; pause them, and let them go on."""

import json
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Final

import click

from mediamill.cli.access import Access, server_options
from mediamill.cli.tables import span, table
from mediamill.client import ApiError, Client, QueueState
from mediamill.core.queues import Queue

_ASK_S: Final = 3.0
_ACTS: Final[dict[str, Callable[[Client, str], tuple[QueueState, ...]]]] = {
    "pause": Client.pause_queue,
    "resume": Client.resume_queue,
}
_HEADS: Final = ("QUEUE", "WAITING", "RUNNING", "RETRY", "DEAD", "DONE TODAY", "OLDEST", "PAUSED")


@click.command()
@click.argument("act", required=False, type=click.Choice(list(_ACTS)), metavar="[pause|resume]")
@click.argument("names", nargs=-1, type=click.Choice([queue.value for queue in Queue]), metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@server_options
def queues(access: Access, *, act: str | None, names: tuple[str, ...], as_json: bool) -> None:
    """List the queues: for operators. Pause some or let them go on: for admins.

    A paused queue gives nothing out any more; what runs goes on, and requests are still accepted.

    \b
    Examples:
      mediamill queues
      mediamill queues pause cpu downloads
      mediamill queues resume cpu
    """  # noqa: D301 - \b is click's mark for lines to be kept
    if act is not None and not names:
        raise click.UsageError(f"say which to {act}: {', '.join(Queue)}")
    with access.client() as client:
        if act is not None:
            for name in names:
                _ACTS[act](client, name)
        found = client.queues()
    if as_json:
        for queue in found:
            click.echo(json.dumps(asdict(queue)))
    else:
        table(_HEADS, map(_row, found), "no queues")


def paused(access: Access) -> list[QueueState]:
    """Return the paused queues; none when this key may not look. Asks once. Raises ClientError."""
    with Client(access.url, access.api_key, retries=0, timeout_s=_ASK_S) as client:
        try:
            found = client.queues()
        except ApiError as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                return []
            raise
    return [queue for queue in found if queue.paused]


def _row(queue: QueueState) -> tuple[str, ...]:
    counts = (queue.waiting, queue.running, queue.retry, queue.dead, queue.completed_today)
    oldest = span(queue.oldest_age_s) if queue.waiting else "-"
    return (queue.name, *(f"{count:,}" for count in counts), oldest, "paused" if queue.paused else "")
