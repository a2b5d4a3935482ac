"""What doors let in: URLs and proxies that the guard would not refuse by their looks alone."""

from typing import Final
from urllib.parse import quote, urlsplit

from mediamill.core.errors import InvalidInput
from mediamill.media.egress.chain import proxy
from mediamill.media.egress.places import Place, bracketed, place
from mediamill.media.egress.rules import Refused, Rules

_LONGEST: Final = 2_000
_PORTS: Final = {"http": 80, "https": 443}
#: All of ASCII that may stand in a URL: only what is not ASCII is to be written as percents.
_AS_IT_IS: Final = "".join(map(chr, range(0x21, 0x7F)))


def check_url(url: str, rules: Rules, *, field: str = "url") -> str:
    """Return a user's URL with its host in ASCII (IDNA), other scripts as percents, and no fragment.

    Nobody is asked for a name here: the guard does, whenever something connects.

    Raises InvalidInput that names `field` for what is no http(s) URL, is longer than 2,000 characters, has a
    user's name or password, blanks or control characters, or leads to an address or a port that is refused.
    """
    if len(url) > _LONGEST:
        raise InvalidInput(f"the URL has {len(url)} characters; {_LONGEST} at most are wanted", field=field)
    if not url.isprintable() or any(map(str.isspace, url)) or "\\" in url:
        raise InvalidInput("a URL without blanks, control characters and backslashes is wanted", field=field)
    try:
        parts = urlsplit(url)
        port = _PORTS[parts.scheme]
        if "@" in parts.netloc:
            raise InvalidInput("a URL without a user's name and password is wanted", field=field)
        where = place(parts.netloc, port)
    except (KeyError, ValueError):
        raise InvalidInput("a URL such as https://media.example.org/file is wanted", field=field) from None
    _check(rules, where, field)
    netloc = bracketed(where.host) if where.port == port else str(where)
    path, query = quote(parts.path, safe=_AS_IT_IS), quote(parts.query, safe=_AS_IT_IS)
    return parts._replace(netloc=netloc, path=path, query=query, fragment="").geturl()


def check_proxy(url: str, rules: Rules) -> str:
    """Return a user's proxy as it is. Raises InvalidInput (field "proxy"), whose message does not show it."""
    _check(rules, proxy(url).place, "proxy")
    return url


def _check(rules: Rules, where: Place, field: str) -> None:
    try:
        rules.check(where)
    except Refused as error:
        raise InvalidInput(f"what can be reached from here is wanted; {error.message}", field=field) from None
