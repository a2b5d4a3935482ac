"""The cookies of a request, as programs take them: a file in Netscape's format, or single values.

Netscape's format: domain, whether its subdomains too, path, whether https only, end, name and value, tabs between.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

_HEADER: Final = "# Netscape HTTP Cookie File\n"
_HTTP_ONLY: Final = "#HttpOnly_"
_COLUMNS: Final = 7
#: Masked wherever they turn up; a shorter value would be found in innocent words.
_SECRET_CHARS: Final = 8
_NUMERIC: Final = re.compile(r"[\d.]+|.*:.*")


@dataclass(frozen=True)
class Jar:
    """text: of a cookie file. values: by name; of several of one name the last."""

    text: str = field(repr=False)
    values: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, cookies: str, url: str) -> Self:
        """Read a cookie file or a `Cookie` header. A header's cookies go to the host of `url` and what is below it."""
        if "\t" in cookies:
            text = cookies if cookies.startswith(_HEADER[:2]) else _HEADER + cookies
            return cls(text.rstrip("\n") + "\n", dict(_columns(cookies)))
        pairs = [pair.strip().partition("=")[::2] for pair in cookies.split(";") if pair.strip()]
        return cls(_HEADER + "".join(_line(url, name, value) for name, value in pairs), dict(pairs))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that nobody may read."""
        return tuple(value for value in self.values.values() if len(value) >= _SECRET_CHARS)


def _columns(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        columns = line.removeprefix(_HTTP_ONLY).split("\t")
        if len(columns) == _COLUMNS and not columns[0].startswith("#"):
            yield columns[5], columns[6]


def _line(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = "." in host and not _NUMERIC.fullmatch(host)
    domain = "." + host.removeprefix("www.") if named else host
    secure = "TRUE" if parts.scheme == "https" else "FALSE"
    return "\t".join((domain, "TRUE" if named else "FALSE", "/", secure, "0", name, value)) + "\n"
