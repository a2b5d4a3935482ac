"""The one form of an address: what means the same is downloaded once."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import quote, urlsplit

from mediamill.media.egress.places import bracketed, place

LONGEST: Final = 2_000
_PORTS: Final = MappingProxyType({"http": 80, "https": 443})
#: What a URL's path and query have as they are (RFC 3986), and the percent sign of what is quoted already.
_PLAIN: Final = "%/:@!$&'()*+,;=-._~?[]"
_QUOTED: Final = re.compile(r"%[0-9a-fA-F]{2}")
#: Tells the site who sent the visitor, never what is wanted.
_TRACKING: Final = re.compile(
    r"utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl|"
    r"ref_src|ref_url|mkt_tok",
    re.IGNORECASE,
)
#: A query with one of these holds for all of its words, the useless ones too.
_SIGNED: Final = re.compile(r"(?:x-[a-z]+-)?(?:signature|sig|hmac|token|policy|hash|expires)", re.IGNORECASE)

#: Words of a query that open what is there for whoever has the address, as far as their names say so.
_SECRET: Final = re.compile(
    r".*(?:token|secret|signature|passw|credential|session|jwt|auth(?!or)).*|hdn[a-z]{2}|"
    r"(?:.*[_-])?(?:sign|sig|key|hash|hmac|md5|pass|pwd|sid)|(?:api|access|stream)key",
    re.IGNORECASE,
)
_USER: Final = re.compile(r"(?<=://)[^/?#]*@")
_MASK: Final = "***"


@dataclass(frozen=True)
class Address:
    """An address in parts. host: with a port that is not its scheme's own. query: names and values as they stand."""

    scheme: str
    host: str
    path: str
    query: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an http or https URL. Raises ValueError with words for people; they do not repeat the URL."""
        text = text.strip()
        if len(text) > LONGEST:
            raise ValueError(f"a URL has {LONGEST} characters at most")
        if not text.isprintable():
            raise ValueError("a URL has no control characters")
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError("a URL begins with http:// or https:// and a host") from None
        if parts.scheme.lower() not in _PORTS or not parts.netloc:
            raise ValueError("a URL begins with http:// or https:// and a host")
        if "@" in parts.netloc:
            raise ValueError("a URL has no user name and no password here; send cookies instead")
        pairs = (pair.partition("=") for pair in _quoted(parts.query).split("&") if pair)
        return cls(
            scheme=parts.scheme.lower(),
            host=_host(parts.netloc, _PORTS[parts.scheme.lower()]),
            path=_quoted(parts.path) or "/",
            query=tuple((name, value if equals else None) for name, equals, value in pairs),
        )

    def __str__(self) -> str:
        query = "&".join(name if value is None else f"{name}={value}" for name, value in self.query)
        return f"{self.scheme}://{self.host}{self.path}" + (f"?{query}" if query else "")

    def value(self, name: str) -> str:
        """Return what the query says for a name; "" where it says nothing."""
        return next((value or "" for each, value in self.query if each == name), "")

    def with_only(self, *names: str) -> Self:
        """Return it with these words of its query."""
        return replace(self, query=tuple(pair for pair in self.query if pair[0] in names))

    def without(self, *names: str) -> Self:
        """Return it without these words of its query."""
        return replace(self, query=tuple(pair for pair in self.query if pair[0] not in names))


def canonical(url: str) -> str:
    """Return the one form of a URL, which is its own form.

    Its host is in lower case and ASCII. It has no port that goes without saying, no fragment, and no words in its query
    that only tell who sent the visitor; of some sites the long form stands for the short one. Raises ValueError with
    words for people.
    """
    address = Address.parse(url)
    if not any(_SIGNED.fullmatch(name) for name, _ in address.query):
        address = replace(address, query=tuple(pair for pair in address.query if not _TRACKING.fullmatch(pair[0])))
    if site := _SITES.get(address.host):
        address = site(address)
    form = str(address)
    if len(form) > LONGEST:
        raise ValueError(f"a URL has {LONGEST} characters at most when it is quoted")
    return form


def known_as(url: str) -> str:
    """Return the form under which what comes from an address is filed, and found again by that address.

    It may lie about: it has no user and no password, no fragment, and in its query no value that its name calls a
    secret. So an address that is signed anew is the same. What is no URL of ours keeps its form otherwise. Its own form
    is itself.
    """
    place, mark, query = _USER.sub("", url.partition("#")[0].strip()).partition("?")
    form = place + mark + "&".join(map(_masked, query.split("&")))
    with suppress(ValueError):  # of what is masked: a signature may be too long for an address of ours
        form = canonical(form)
    return form


def _masked(pair: str) -> str:
    name, equals, value = pair.partition("=")
    secret = bool(value) and (_SIGNED.fullmatch(name) or _SECRET.fullmatch(name))
    return f"{name}={_MASK}" if secret else f"{name}{equals}{value}"


def _host(authority: str, usual_port: int) -> str:
    where = place(authority, usual_port)
    return bracketed(where.host) if where.port == usual_port else str(where)


def _quoted(text: str) -> str:
    return _QUOTED.sub(lambda found: found[0].upper(), quote(text, safe=_PLAIN))


# ---- sites that have several addresses for the same thing

_VIDEO: Final = re.compile(r"/(?:shorts|embed|live|v)/([\w-]{6,})/?")


def _youtube(address: Address) -> Address:
    """Of a video's address only the video counts, and the list where there is one."""
    address = replace(address, scheme="https", host="www.youtube.com")
    if video := _VIDEO.fullmatch(address.path):
        return replace(address, path="/watch", query=(("v", video[1]),))
    if address.path == "/watch" and address.value("v"):
        address = replace(address, query=_in_order(address, "v", "list"))
    return address.without("si", "feature", "pp", "ab_channel")


def _youtu_be(address: Address) -> Address:
    video = ("v", address.path.strip("/"))
    return _youtube(replace(address, path="/watch", query=(video, *address.with_only("list").query)))


def _spotify(address: Address) -> Address:
    return replace(address.without("si", "context", "nd"), path=re.sub(r"^/intl-[a-z]{2,5}/", "/", address.path))


def _soundcloud(address: Address) -> Address:
    return replace(address, scheme="https", host="soundcloud.com").without("si", "in")


def _apple_music(address: Address) -> Address:
    return address.with_only("i")


def _vimeo_player(address: Address) -> Address:
    return replace(address, host="vimeo.com", path=address.path.removeprefix("/video"))


def _dai_ly(address: Address) -> Address:
    return replace(address, scheme="https", host="www.dailymotion.com", path=f"/video{address.path}", query=())


_ACCOUNT: Final = re.compile(r"(?<=^/)@[^/]+")


def _tiktok(address: Address) -> Address:
    """Of an address its path counts, and the number of a room; accounts are called the same in capitals."""
    path = _ACCOUNT.sub(lambda found: found[0].lower(), address.path).rstrip("/") or "/"
    return replace(address.with_only("room_id"), scheme="https", host="www.tiktok.com", path=path)


def _in_order(address: Address, *names: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((name, address.value(name)) for name in names if address.value(name))


_SITES: Final[Mapping[str, Callable[[Address], Address]]] = MappingProxyType(
    {
        **dict.fromkeys(("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"), _youtube),
        "youtu.be": _youtu_be,
        **dict.fromkeys(("tiktok.com", "www.tiktok.com", "m.tiktok.com"), _tiktok),
        "open.spotify.com": _spotify,
        **dict.fromkeys(("soundcloud.com", "www.soundcloud.com", "m.soundcloud.com"), _soundcloud),
        "music.apple.com": _apple_music,
        "player.vimeo.com": _vimeo_player,
        "dai.ly": _dai_ly,
    }
)
