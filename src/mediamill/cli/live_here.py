"""What finds and reaches live sites here: a part of `mediamill doctor`."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from mediamill.cli.finding import Finding
from mediamill.settings import Settings

_ANSWERS_WITHIN_S: Final = 3.0
#: Proxies that are asked at once, and those that are named.
_AT_ONCE: Final = 32
_NAMED: Final = 3


def live_here(settings: Settings) -> Iterator[Finding]:
    """Say which streamlink finds streams behind pages, and which of the operator's proxies can be reached."""
    try:
        found = version("streamlink")
    except PackageNotFoundError:
        return  # the service recordings is off, and its finding says why
    yield _streamlink(found, settings)
    if settings.egress.proxies:
        yield _proxies(settings.egress.proxies)


def _streamlink(found: str, settings: Settings) -> Finding:
    folder = settings.live.plugins
    if folder is None:
        return Finding("streamlink", "ok", f"streamlink {found}")
    if not folder.is_dir():
        return Finding("streamlink", "bad", f"streamlink {found}; {folder} is no folder (MEDIAMILL_STREAMLINK_PLUGINS)")
    return Finding("streamlink", "ok", f"streamlink {found}, with the plugins of {folder}")


def _proxies(urls: tuple[str, ...]) -> Finding:
    """Say whether somebody listens at each. Whether it leads on, and to where, only a recording finds out."""
    with ThreadPoolExecutor(min(len(urls), _AT_ONCE)) as threads:
        faults = [fault for fault in threads.map(_fault, urls) if fault]
    if not faults:
        return Finding("proxies", "ok", f"MEDIAMILL_PROXIES: {len(urls)}, and each can be reached")
    more = f" and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    words = f"MEDIAMILL_PROXIES: {len(faults)} of {len(urls)} cannot be reached, {', '.join(faults[:_NAMED])}{more}"
    return Finding("proxies", "bad" if len(faults) == len(urls) else "note", words)


def _fault(url: str) -> str:
    """Return which proxy it is and what is wrong with it, "" when it takes a connection. Never its password."""
    from mediamill.media.egress import chain  # noqa: PLC0415 - only where there is one

    where = chain.proxy(url).place
    try:
        socket.create_connection((where.host, where.port), _ANSWERS_WITHIN_S).close()
    except OSError as error:
        return f"{where} ({error.strerror or error})"
    return ""
