"""How the command line finds its server and key, and what it says when the server does not like it."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click

from mediamill.cli import Ended, Exit
from mediamill.client import ApiError, Client, ClientError, Unreachable
from mediamill.client.connect import DEFAULT_URL, is_here
from mediamill.settings import Settings, load

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Access:
    """Which server, as which user."""

    url: str
    api_key: str | None = field(default=None, repr=False)

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Talk to it. What goes wrong ends the command with a line that says what to do."""
        try:
            with Client(self.url, self.api_key) as client:
                yield client
        except Unreachable as error:
            raise Ended(Exit.UNREACHABLE, f"{error}. Is `mediamill up` running?") from error
        except ApiError as error:
            raise Ended(Exit.REFUSED, _words(error, self)) from error
        except ClientError as error:
            raise Ended(Exit.FAILED, str(error)) from error


def find(settings: Settings, url: str | None = None, api_key: str | None = None) -> Access:
    """Return the server to talk to.

    Without a URL, the one that runs on the data folder. Without a key, this machine's own, best
    scope first; never for another machine, which must not learn it.
    """
    found = url or settings.client.url or _noted(settings.url_file) or DEFAULT_URL
    key = api_key or settings.client.api_key
    if key is None and is_here(found):
        scopes = ("admin", "operator", "user")
        ranked = sorted(settings.api.keys, key=lambda entry: scopes.index(entry.scope))
        key = ranked[0].key if ranked else None
    return Access(found.rstrip("/"), key)


def server_options(command: Callable[Concatenate[Access, P], R]) -> Callable[P, R]:
    """Give a command --url, --api-key and --data-dir; it gets an `Access` as its first argument."""

    @click.option("--url", metavar="URL", help=f"The server.  [default: MEDIAMILL_URL, the one here, or {DEFAULT_URL}]")
    @click.option(
        "--api-key", metavar="KEY", help="Your key; better in MEDIAMILL_API_KEY, where `ps` does not show it."
    )
    @click.option(
        "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Data folder of a server on this machine."
    )
    @functools.wraps(command)
    def with_access(*args: P.args, **kwargs: P.kwargs) -> R:
        url, api_key, data_dir = (kwargs.pop(name) for name in ("url", "api_key", "data_dir"))
        environ = dict(os.environ) if data_dir is None else {**os.environ, "MEDIAMILL_DATA_DIR": str(data_dir)}
        access = find(load(environ), str(url) if url else None, str(api_key) if api_key else None)
        return command(access, *args, **kwargs)

    return with_access


def _noted(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def refusal(error: ApiError) -> str:
    """Return what the server did not like, with the parameters that it named, one in each line."""
    field = str(error.errors[0].get("field") or "") if error.errors else ""
    told = error.error_message if field in error.error_message else f"{field}: {error.error_message}"
    more = [f"  {each.get('field')}: {each.get('message')}" for each in error.errors[1:] if each.get("field")]
    return "\n".join([f"{told} ({error.error_code})", *more])


def _words(error: ApiError, access: Access) -> str:
    lines = [f"{access.url} refused: {refusal(error)}"]
    if error.status == 401:  # noqa: PLR2004 - no or a wrong key
        lines.append("  give a key with MEDIAMILL_API_KEY; the server's own is in its data folder's api-key")
    if error.status >= 500 and error.correlation_id:  # noqa: PLR2004 - the server's fault
        lines.append(f"  the server's log tells more under {error.correlation_id}")
    return "\n".join(lines)
