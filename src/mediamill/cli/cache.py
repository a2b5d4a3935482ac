"""Look at the cache of finished steps; clear, pin and warm it."""

import json
import re
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from mediamill.cli import Exit
from mediamill.cli.access import Access, server_options
from mediamill.cli.ages import Age
from mediamill.cli.rounds import News
from mediamill.cli.tables import ago, size, table
from mediamill.client import Client
from mediamill.client.cache import CacheEntry, CacheState, Cleared

_ACTS: Final = ("show", "entries", "clear", "pin", "unpin", "warm")
_ENTRY: Final = re.compile(r"[0-9a-f]{64}(\.d)?")
#: Names, and requests, that go to the server at once.
_NAMED: Final = 500
_WARMED: Final = 100


@click.command()
@click.argument("act", default="show", type=click.Choice(_ACTS), metavar="[show|entries|clear|pin|unpin|warm]")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="entries: how many.")
@click.option("--unused", type=Age(), default="0s", metavar="AGE", help="clear: only what no job used for so long.")
@click.option("--yes", is_flag=True, help="clear: do it. Without this, only say what the cache holds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@server_options
def cache(  # noqa: PLR0913 - a command's options
    access: Access, *, act: str, names: tuple[str, ...], limit: int, unused: float, yes: bool, as_json: bool
) -> int:
    """Look at the cache of finished steps and folders; clear it, pin what shall stay, warm it. For admins.

    NAMES: of pin and unpin, jobs (the folders that they used) and entries; of warm, a file with a request in each
    line (- is standard input), which become jobs of yours at the lowest priority.

    \b
    Examples:
      mediamill cache
      mediamill cache clear --unused 2d --yes
      mediamill cache pin 01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d
      echo '{"service": "speech", "params": {"text": "Hello"}}' | mediamill cache warm -
    """  # noqa: D301 - \b is click's mark for lines to be kept
    if bool(names) != (act in {"pin", "unpin", "warm"}):
        raise click.UsageError(f"{act} takes {'at least one name' if not names else 'no names'}")
    requests = [request for name in names for request in _requests(name)] if act == "warm" else []
    with access.client() as client:
        match act:
            case "show":
                _show(client.cache(), as_json=as_json)
            case "entries":
                _list(list(islice(client.cache_entries(page_size=min(limit, 100)), limit)), as_json=as_json)
            case "clear":
                _clear(client, unused, yes=yes, as_json=as_json)
            case "pin" | "unpin":
                return _pin(client, names, pinned=act == "pin", as_json=as_json)
            case _:
                return _warm(client, requests, as_json=as_json)
    return 0


def _show(state: CacheState, *, as_json: bool) -> None:
    if as_json:
        oldest = state.oldest_use_at and state.oldest_use_at.isoformat()
        click.echo(json.dumps({**asdict(state), "oldest_use_at": oldest}))
        return
    asked = state.hits + state.misses
    found = f", {state.hits / asked:.1%} of what was asked for was there" if asked else ""
    click.echo(f"holds        {_entries(state.entries)}, {size(state.size_bytes)} of {size(state.quota_bytes)}")
    click.echo(f"pinned       {_entries(state.pinned_entries)}, {size(state.pinned_bytes)}")
    click.echo(f"asked for    {state.hits:,} found, {state.misses:,} made{found}")
    click.echo(f"gone         {state.evicted:,} for room, {state.expired:,} unused, {state.cleared:,} cleared")
    if state.oldest_use_at is not None:
        click.echo(f"oldest use   {ago(state.oldest_use_at)}")
    if not state.ready:
        click.echo("the files are looked through; until then nothing is evicted", err=True)


def _list(entries: list[CacheEntry], *, as_json: bool) -> None:
    if as_json:
        for each in entries:
            click.echo(json.dumps({**asdict(each), "used_at": each.used_at.isoformat()}))
        return
    rows = [
        (
            each.entry,
            "folder" if each.folder else "file",
            size(each.size_bytes),
            ago(each.used_at),
            "pinned" * each.pinned,
        )
        for each in entries
    ]
    table(("ENTRY", "KIND", "SIZE", "USED", "PINNED"), rows, "the cache is empty")


def _clear(client: Client, unused_s: float, *, yes: bool, as_json: bool) -> None:
    if not yes:
        state = client.cache()
        loose = state.entries - state.pinned_entries
        click.echo(f"would remove {_entries(loose)} at most of {size(state.size_bytes)}; --yes removes them")
        return
    news = News()

    def told(done: Cleared) -> None:
        news.tell(f"{_entries(done.cleared)} removed so far")

    done = client.clear_cache(unused_s, told=told)
    click.echo(json.dumps({"cleared": done.cleared}) if as_json else f"removed {_entries(done.cleared)}")


def _pin(client: Client, names: tuple[str, ...], *, pinned: bool, as_json: bool) -> int:
    entries: list[str] = []
    not_found = 0
    for start in range(0, len(names), _NAMED):
        some = names[start : start + _NAMED]
        named = [name for name in some if _ENTRY.fullmatch(name)]
        done = client.pin_cache(named, task_ids=[name for name in some if name not in named], pinned=pinned)
        entries += done.entries
        not_found += done.not_found
    if as_json:
        click.echo(json.dumps({"entries": entries, "pinned": pinned, "not_found": not_found}))
    else:
        rest = f", {not_found:,} not found" if not_found else ""
        click.echo(f"{'pinned' if pinned else 'let go of'} {_entries(len(entries))}{rest}")
    return Exit.REFUSED if not_found else 0


def _warm(client: Client, requests: list[tuple[str, dict[str, Any]]], *, as_json: bool) -> int:
    refused = 0
    for start in range(0, len(requests), _WARMED):
        some = requests[start : start + _WARMED]
        for (service, _), job in zip(some, client.warm_cache(some), strict=True):
            refused += job.task_id is None
            if as_json:
                click.echo(json.dumps({name: value for name, value in asdict(job).items() if value is not None}))
            elif job.task_id is not None:
                click.echo(f"{job.task_id}  {job.status}")
            else:
                click.echo(f"{service}: {job.error_code}: {job.error_message}", err=True)
    return Exit.REFUSED if refused else 0


def _requests(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the requests of a file, one in each line."""
    try:
        lines = (sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name}: {error}") from None
    requests = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            service, params = body["service"], body.get("params", {})
        except (ValueError, KeyError, TypeError, AttributeError):
            service, params = None, None
        if not isinstance(service, str) or not isinstance(params, dict):
            raise click.UsageError(f'{name}, line {number}: {{"service": NAME, "params": {{...}}}} is wanted')
        requests.append((service, params))
    return requests


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
