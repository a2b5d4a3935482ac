"""A user's cookies, each shown only to whom it belongs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

_HTTP_ONLY: Final = "#HttpOnly_"
_COLUMNS: Final = 7


@dataclass(frozen=True)
class Cookie:
    """One of them. below: the domain's subdomains see it, too. until: Unix time, s; 0: as long as the browser runs."""

    domain: str
    below: bool
    path: str
    secure: bool
    until: float
    name: str
    value: str = field(repr=False)

    def is_for(self, scheme: str, host: str, path: str) -> bool:
        """Whether a request there shows it. Source: RFC 6265, sections 5.1.3 and 5.1.4."""
        at_home = host == self.domain or (self.below and host.endswith("." + self.domain))
        under = path == self.path or path.startswith(self.path if self.path.endswith("/") else self.path + "/")
        fresh = self.until == 0 or self.until > time.time()
        return at_home and under and fresh and (scheme == "https" or not self.secure)


@dataclass(frozen=True)
class Jar:
    """What a user gave us. Those without a domain, `name=value; other=value`, are of the host that the user named."""

    cookies: tuple[Cookie, ...] = ()

    @classmethod
    def of(cls, text: str | None, url: str) -> Self:
        """Read a cookie file in Netscape's format, or a `Cookie` header; `cookies.check` has seen it."""
        if not text:
            return cls()
        return cls(tuple(_lines(text)) if "\t" in text else tuple(_pairs(text, url)))

    def header(self, url: str) -> str:
        """Return what a request for an address shows; "": nothing."""
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path or "/"
        shown = {each.name: each.value for each in self.cookies if each.is_for(parts.scheme, host, path)}
        return "; ".join(f"{name}={value}" for name, value in shown.items())


def _lines(text: str) -> Iterator[Cookie]:
    for line in text.splitlines():
        columns = line.removeprefix(_HTTP_ONLY).split("\t")
        if len(columns) == _COLUMNS and not columns[0].startswith("#"):
            domain, below, path, secure, until, name, value = columns
            yield Cookie(
                domain.lower().removeprefix("."),
                below == "TRUE",
                path,
                secure == "TRUE",
                float(until or 0),
                name,
                value,
            )


def _pairs(text: str, url: str) -> Iterator[Cookie]:
    parts = urlsplit(url)
    for pair in text.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            secure = parts.scheme == "https"
            yield Cookie(parts.hostname or "", below=False, path="/", secure=secure, until=0.0, name=name, value=value)
