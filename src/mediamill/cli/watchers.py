"""Look at watchers; add, change, pause, resume and delete them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

import click

from mediamill.cli import Exit
from mediamill.cli.access import Access, refusal, server_options
from mediamill.cli.ages import Age
from mediamill.cli.request import parameters
from mediamill.cli.tables import ago, span, table
from mediamill.client import ApiError, Client, Watcher

_ACTS: Final = ("list", "add", "change", "pause", "resume", "delete")
_STATUSES: Final = ("active", "paused", "deleted")
_HEADS: Final = ("STATUS", "LIVE", "LAST LOOK", "NEXT LOOK", "RECORDINGS", "TROUBLE", "KEY")

#: What the server's words lack for who sits at a command line.
_HINTS: Final = {
    "NOT_STOPPABLE": "; --force does that",
    "WATCHED_OTHERWISE": "; `mediamill watchers change` and `delete` do",
    "WATCHED_TOO_MANY": "; `mediamill watchers delete` does",
}


@click.command()
@click.argument("act", default="list", type=click.Choice(_ACTS), metavar="[list|add|change|pause|resume|delete]")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--every", type=Age(), metavar="AGE", help="add, change: between two looks, 10s at least.  [default: 60s]"
)
@click.option("--longest", type=Age(), metavar="AGE", help="add: of each recording, such as 2h.  [default: 24h]")
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="add: what else a watcher takes, as text or JSON; @PATH is what is in a file.",
)
@click.option("--force", is_flag=True, help="delete: cancel a recording, too, that cannot be stopped safely.")
@click.option("--status", type=click.Choice(_STATUSES), help="list: only those.")
@click.option("-n", "--limit", type=click.IntRange(1), default=50, show_default=True, help="list: how many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@server_options
def watchers(  # noqa: PLR0913 - a command's options
    access: Access,
    *,
    act: str,
    names: tuple[str, ...],
    every: float | None,
    longest: float | None,
    params: tuple[str, ...],
    force: bool,
    status: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List your watchers, newest first; add, change, pause, resume and delete them.

    A watcher waits for a source and has it recorded each time it goes live. NAMES: of add, addresses, or rooms of
    TikTok (@name, or a number); of the others, keys as the list has them. What a deleted one records is finished and
    kept.

    \b
    Examples:
      mediamill watchers
      mediamill watchers add @vtv24news --every 30s
      mediamill watchers add https://example.com/live --longest 2h -p options.cookies=@cookies.txt
      mediamill watchers pause @vtv24news
    """  # noqa: D301 - \b is click's mark for lines to be kept
    if bool(names) == (act == "list"):
        raise click.UsageError(f"{act} takes {'at least one name' if not names else 'no names'}")
    if act == "change" and every is None:
        raise click.UsageError("change what? --every says how often it looks")
    wanted = parameters(params) | {
        name: value for name, value in (("poll_interval", every), ("max_duration", longest)) if value is not None
    }
    acts: dict[str, Callable[[Client, str], Mapping[str, Any]]] = {
        "add": lambda client, name: _add(client, name, wanted),
        "change": lambda client, key: client.change_watcher(key, poll_interval_s=every).body,
        "pause": lambda client, key: client.change_watcher(key, paused=True).body,
        "resume": lambda client, key: client.change_watcher(key, paused=False).body,
        "delete": lambda client, key: _delete(client, key, force=force),
    }
    with access.client() as client:
        if act == "list":
            _list(islice(client.watchers(status=status, page_size=min(limit, 200)), limit), as_json=as_json)
            return 0
        return _each(client, names, acts[act], as_json=as_json)


def _each(
    client: Client, names: Iterable[str], act: Callable[[Client, str], Mapping[str, Any]], *, as_json: bool
) -> int:
    """Do something for every name; those that are refused do not stop the others."""
    refused = 0
    for name in dict.fromkeys(names):
        try:
            told = act(client, name)
        except ApiError as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise
            refused += 1
            click.echo(f"{name}: {refusal(error)}{_HINTS.get(error.error_code, '')}", err=True)
            continue
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{told['status']}  {told['key']}")
    return Exit.REFUSED if refused else 0


def _add(client: Client, name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    source = "url" if name.lower().startswith(("http://", "https://")) else "room_id"
    return asdict(client.watch({source: name, **wanted}))


def _delete(client: Client, key: str, *, force: bool) -> dict[str, Any]:
    client.delete_watcher(key, force=force)
    return {"key": key, "status": "deleted"}


def _list(found: Iterable[Watcher], *, as_json: bool) -> None:
    if as_json:
        for watcher in found:
            click.echo(json.dumps(watcher.body, ensure_ascii=False))
    else:
        table(_HEADS, map(_row, found), "no watchers")


def _row(watcher: Watcher) -> tuple[str, ...]:
    live = "recorded" if watcher.recording else "live" if watcher.live else "-"
    last = ago(watcher.last_run_at) if watcher.last_run_at else "-"
    following = watcher.next_run_at
    soon = f"in {span((following - datetime.now(UTC)).total_seconds())}" if following else "-"
    return (watcher.status, live, last, soon, f"{watcher.recordings:,}", watcher.error_code or "-", watcher.key)
