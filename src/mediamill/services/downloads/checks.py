"""What is wrong with a whole request, before it is accepted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mediamill import Files, InvalidInput
from mediamill.media import cookies, egress
from mediamill.media.adapters import loading
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.wanted import Wanted
from mediamill.services.downloads.params import Params

#: Descriptions of the programs that come with the service.
FOLDER: Final = Path(__file__).with_name("adapters")
#: Of cookies in one request: each address's job keeps a copy of its own, encrypted, as long as its record lasts.
MOST_COOKIES_BYTES: Final = 4 * 2**20


def check(params: Params, files: Files) -> None:
    """Raise InvalidInput for a request that no adapter of this machine takes.

    Nobody is asked for an address here, and no program is started: what a site says is told by the job.
    """
    del files  # there are none
    if (params.url is None) == (params.urls is None):
        raise InvalidInput("send either `url` or `urls`: one of them, not both", field="url")
    if params.cookies is not None:
        cookies.check(params.cookies.get_secret_value())
        _check_copies(params.cookies.get_secret_value(), len(params.urls or ()))
    if params.proxy is not None:
        egress.check_proxy(params.proxy.get_secret_value())
        if params.cookies is not None and cookies.is_name(params.cookies.get_secret_value()):
            # Whoever runs the proxy reads what goes over plain http.
            raise InvalidInput("cookies that the operator keeps go through no proxy of yours", field="proxy")
    for field, url in addresses(params):
        egress.check_url(url, field=field)
        chosen(params, url, field=field)


def _check_copies(cookies: str, addresses: int) -> None:
    size = len(cookies.encode())
    if size * addresses > MOST_COOKIES_BYTES:
        raise InvalidInput(
            f"{size:,} bytes of cookies for each of {addresses} addresses are {size * addresses:,} bytes; at most "
            f"{MOST_COOKIES_BYTES:,} are taken: send fewer addresses at once, or only the cookies of their sites",
            field="cookies",
        )


def addresses(params: Params) -> Iterator[tuple[str, str]]:
    """Yield what is to be downloaded, with the field that says so."""
    if params.url is not None:
        yield "url", params.url
    for number, url in enumerate(params.urls or ()):
        yield f"urls.{number}", url


def chosen(params: Params, url: str, *, field: str = "url") -> tuple[Adapter, Wanted]:
    """Return the adapter that fetches an address for this request, and what is wanted of it, nothing left open.

    Cookies are as the request has them: a name is not yet what the file says. Raises InvalidInput.
    """
    adapter = _named(params.adapter) if params.adapter else _taking(url, field)
    wanted = Wanted(
        url=url,
        format=params.format or "",
        quality=params.quality or "",
        variant=params.variant or "",
        playlist=params.playlist or "",
        cookies=params.cookies.get_secret_value() if params.cookies else None,
        proxy=params.proxy.get_secret_value() if params.proxy else "",
    )
    try:
        return adapter, adapter.completed(wanted)
    except InvalidInput as refused:
        if refused.field != "url":
            raise
        raise InvalidInput(refused.message, field=field) from None


def _named(name: str) -> Adapter:
    shelf = loading.shelf(FOLDER)
    if name in shelf.on:
        return shelf.on[name]
    if name in shelf.off:
        raise InvalidInput(f"the adapter {name!r} is switched off here", field="adapter")
    known = ", ".join(sorted(shelf.on)) or "none"
    raise InvalidInput(f"there is no adapter {name!r} here; there are: {known}", field="adapter")


def _taking(url: str, field: str) -> Adapter:
    shelf = loading.shelf(FOLDER)
    if found := loading.choose(shelf.on, url):
        return found
    if off := loading.choose(shelf.off, url):
        raise InvalidInput(
            f"only the adapter {off.name!r} takes this address, and it is switched off here", field=field
        )
    raise InvalidInput("no adapter here takes this address", field=field)
