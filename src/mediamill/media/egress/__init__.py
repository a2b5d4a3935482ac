"""The egress guard: the only way out for programs that fetch from users' URLs.

A program is given a gate: a forward proxy on loopback with a password of its own. Each connection through it is
resolved by us, once; of the addresses those remain that are public, or that an operator allowed
(MEDIAMILL_EGRESS_ALLOW), and one of these is connected to. So a name that changes its mind, a redirect, or an address
in disguise leads nowhere else. What goes through is counted.

A process says once what it was set up with (`use`), as it does with voices; why it belongs to the process:
docs/decisions/0016-one-catalogue-of-voices-per-process.md. Cheap to import.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediamill.media.egress.guards import Guard
    from mediamill.media.egress.rules import Rules
    from mediamill.settings import EgressSettings

_used: "EgressSettings | None" = None


def use(settings: "EgressSettings | None") -> None:
    """Say what this process was set up with; None: only the public web. Gates that are open stay as they are."""
    global _used  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _used = settings


def guard() -> "Guard":
    """Return the guard of this process; a fork gets its own."""
    found = _guard(os.getpid())
    found.rules, found.proxies = _rules(), frozenset(proxies())
    return found


def proxies() -> tuple[str, ...]:
    """Return the operator's own (MEDIAMILL_PROXIES), which may be anywhere. They may hold passwords."""
    return _used.proxies if _used else ()


def check_url(url: str, *, field: str = "url") -> str:
    """Return a user's URL as `urls.check_url` does, by the rules of this process. Raises InvalidInput."""
    from mediamill.media.egress import urls  # noqa: PLC0415 - this package is cheap to import

    return urls.check_url(url, _rules(), field=field)


def check_proxy(url: str) -> str:
    """Return a user's proxy as `urls.check_proxy` does, by the rules of this process. Raises InvalidInput."""
    from mediamill.media.egress import urls  # noqa: PLC0415 - see above

    return urls.check_proxy(url, _rules())


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host to which this process may connect, numeric, in the resolver's order.

    For who connects without a gate: connect to one of these and to nothing else, and ask again for each redirect.
    Blocks. Raises `rules.Refused`, `rules.Unresolved`, ValueError for what is no host.
    """
    from mediamill.media.egress.places import Place, host_of  # noqa: PLC0415 - see above

    return _rules().vetted(Place(host_of(host), port))


async def resolve_async(host: str, port: int) -> tuple[str, ...]:
    """As `resolve`, without holding up the event loop: a few at once, the others wait their turn."""
    from functools import partial  # noqa: PLC0415 - see above

    from mediamill.media.egress.lookups import lookups  # noqa: PLC0415 - see above
    from mediamill.media.egress.places import Place, host_of  # noqa: PLC0415 - see above

    return await lookups().run(partial(_rules().vetted, Place(host_of(host), port)))


@cache
def _guard(_pid: int) -> "Guard":
    from mediamill.media.egress.guards import Guard  # noqa: PLC0415 - see above

    return Guard(_rules())


def _rules() -> "Rules":
    from mediamill.media.egress.rules import Rules  # noqa: PLC0415 - see above

    return Rules(_used.allow if _used else ())
