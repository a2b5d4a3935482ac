"""What an HLS playlist says. Source: RFC 8216. Nothing is asked of anybody here.

A playlist is a stranger's text: what it leads to is http(s), and there is an end to how much of it is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

from mediamill.media.live.feed import Unsuited, Upstream

#: Of a playlist: a window of five hours in segments of 4 s. All recordings of a process share the loop it is read in.
MOST_BYTES: Final = 2**20
_MOST_VARIANTS: Final = 100
_MOST_SEGMENTS: Final = 5_000
_LONGEST_URL: Final = 8_000
_LONGEST_TARGET_S: Final = 60.0
_ATTRIBUTE: Final = re.compile(r'\s*+([A-Z0-9-]{1,64})=("[^"]*+"|[^",]*+)(?:,|$)')
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_IV: Final = re.compile(r"0[xX]([0-9a-fA-F]{1,32})")
#: Names below the playlist, as most segments have: neither a scheme nor a host nor a way up is in these.
_PLAIN: Final = re.compile(r"(?:[\w~%+-][\w.~%+,=&-]*/)*[\w~%+-][\w.~%+,=&-]*(?:\?[\w.~%+,=&:/@-]*)?", re.ASCII)
_NAMED_HEIGHT: Final = re.compile(r"([0-9]{3,4})p[0-9]*")


@dataclass(frozen=True)
class Span:
    """A part of a file, bytes."""

    offset: int
    length: int


@dataclass(frozen=True)
class Key:
    """AES-128 in CBC. iv: None: it is the segment's number. The address often opens what is behind it."""

    url: str = field(repr=False)
    iv: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Init:
    """What stands before the segments of fMP4."""

    url: str = field(repr=False)
    span: Span | None
    key: Key | None


@dataclass(frozen=True)
class Segment:
    """Some seconds of a stream.

    apart: its times, or its codecs, do not go on from the segment before it. gap: the server says itself that it does
    not have it. at_s: Unix time of its first picture, by the server's word; None where it does not tell.
    """

    number: int
    url: str = field(repr=False)
    seconds: float
    apart: bool = False
    key: Key | None = None
    init: Init | None = None
    span: Span | None = None
    gap: bool = False
    at_s: float | None = None


@dataclass(frozen=True)
class Playlist:
    """A window of a stream. target_s: no segment is longer, rounded. ended: nothing will follow."""

    target_s: float
    segments: tuple[Segment, ...]
    ended: bool


@dataclass(frozen=True)
class Variant:
    """One of the qualities of a stream. height: 0 where it is not told. apart: its sound is in another playlist."""

    url: str = field(repr=False)
    bandwidth: int
    height: int = 0
    name: str = ""
    apart: bool = False


@dataclass(frozen=True)
class Master:
    """The qualities of a stream, as they are listed; at least one."""

    variants: tuple[Variant, ...]


def parse(text: str, url: str) -> Playlist | Master:
    """Return what a playlist says. url: where it came from, after redirects; a base of what it names.

    Raises Upstream for what is no playlist, or leads elsewhere than to http(s); Unsuited for one that is encrypted in
    another way than AES-128.
    """
    lines = [line for line in map(str.strip, text.removeprefix("\ufeff").splitlines()) if line]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise Upstream("the playlist: it does not begin as one")
    if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
        return _master(lines, url)
    return _Reading(url).read(lines)


def choose(master: Master, quality: str) -> Variant:
    """Return the variant of a quality: "best", "worst", a variant's name, or "720p": so high, or the next below it.

    A name that none has means the best. Raises Unsuited where the sound of all that fit is apart.
    """
    whole = sorted((each for each in master.variants if not each.apart), key=lambda each: (each.height, each.bandwidth))
    if not whole:
        raise Unsuited("the stream's sound is in a playlist of its own; it cannot be copied as it is")
    if quality == "worst":
        return whole[0]
    named = [each for each in whole if each.name == quality]
    if named:
        return named[-1]
    height = _NAMED_HEIGHT.fullmatch(quality)
    if height is None:
        return whole[-1]
    fit = [each for each in whole if each.height <= int(height[1])]
    return fit[-1] if fit else whole[0]


def checked(url: str, base: str = "") -> str:
    """Return an address of a playlist, whole. Raises Upstream unless it is http(s) and names no user."""
    if len(url) + len(base) <= _LONGEST_URL and _PLAIN.fullmatch(url):
        folder = _folder(base)
        if folder:
            return folder + url
    try:
        whole = urljoin(base, url)
        parts = urlsplit(whole)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        fit = False
    if not fit or len(whole) > _LONGEST_URL or not whole.isprintable() or " " in whole:
        raise Upstream("the stream: it names an address that is not http(s)")
    return whole


@lru_cache(256)
def _folder(base: str) -> str:
    """Return what a plain relative address is put behind; "" where that takes more than putting."""
    try:
        parts = urlsplit(checked(base))
    except Upstream:
        return ""
    folder = parts.path[: parts.path.rfind("/") + 1]
    return f"{parts.scheme}://{parts.netloc}{folder}" if folder and "/." not in folder and "//" not in folder else ""


# ---- masters


def _master(lines: list[str], url: str) -> Master:
    apart = set(_audio_groups(lines))
    found: list[Variant] = []
    told: dict[str, str] | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            told = _attributes(line)
        elif not line.startswith("#") and told is not None:
            found.append(_variant(told, checked(line, url), apart))
            told = None
    if not found:
        raise Upstream("the playlist: it names no stream")
    if len(found) > _MOST_VARIANTS:
        raise Upstream(f"the playlist: it names {len(found)} qualities; {_MOST_VARIANTS} at most are wanted")
    return Master(tuple(found))


def _audio_groups(lines: list[str]) -> Iterator[str]:
    """Name the groups whose sound has an address of its own."""
    for line in lines:
        if line.startswith("#EXT-X-MEDIA:"):
            told = _attributes(line)
            if told.get("TYPE") == "AUDIO" and told.get("URI"):
                yield told.get("GROUP-ID", "")


def _variant(told: dict[str, str], url: str, apart: set[str]) -> Variant:
    _, _, height = told.get("RESOLUTION", "").lower().partition("x")
    return Variant(
        url=url,
        bandwidth=_whole(told.get("BANDWIDTH", "0")),
        height=_whole(height or "0"),
        name=told.get("NAME", "") or told.get("VIDEO", ""),
        apart=told.get("AUDIO") in apart,
    )


# ---- windows


class _Reading:
    """Reads one window, line by line: a tag says something of what follows it.

    Of a playlist most lines were there the last time, too: this is read for each recording every few seconds.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._target_s = 0.0
        self._ended = False
        self._found: list[Segment] = []
        self._first = 0
        self._key: Key | None = None
        self._init: Init | None = None
        self._after: tuple[str, int] = ("", 0)
        # Of the next segment.
        self._seconds = 0.0
        self._apart = self._gap = False
        self._at_s: float | None = None
        self._span = ""

    def read(self, lines: list[str]) -> Playlist:
        for line in lines:
            if not line.startswith("#"):
                self._segment(checked(line, self._url))
            elif line.startswith("#EXT"):
                tag, _, value = line.partition(":")
                self._tag(tag, value, line)
        if self._target_s <= 0:
            raise Upstream("the playlist: it does not say how long its segments are")
        return Playlist(self._target_s, tuple(self._found), self._ended)

    def _tag(self, tag: str, value: str, line: str) -> None:
        match tag:
            case "#EXTINF":
                self._seconds = _seconds(value.partition(",")[0])
            case "#EXT-X-TARGETDURATION":
                self._target_s = min(max(_seconds(value), 1.0), _LONGEST_TARGET_S)
            case "#EXT-X-MEDIA-SEQUENCE":
                self._first = _whole(value)
            case "#EXT-X-ENDLIST":
                self._ended = True
            case "#EXT-X-KEY":
                self._key = self._key_of(_attributes(line))
            case "#EXT-X-MAP":
                self._init = self._init_of(_attributes(line))
            case _:
                self._tag_of_next(tag, value)

    def _tag_of_next(self, tag: str, value: str) -> None:
        """Note what a tag says of the next segment alone."""
        match tag:
            case "#EXT-X-DISCONTINUITY":
                self._apart = True
            case "#EXT-X-PROGRAM-DATE-TIME":
                self._at_s = _date(value)
            case "#EXT-X-BYTERANGE":
                self._span = value
            case "#EXT-X-GAP":
                self._gap = True

    def _segment(self, url: str) -> None:
        if len(self._found) == _MOST_SEGMENTS:
            raise Upstream(f"the playlist: {_MOST_SEGMENTS} segments at most are wanted")
        self._found.append(
            Segment(
                number=self._first + len(self._found),
                url=url,
                seconds=self._seconds,
                apart=self._apart,
                key=self._key,
                init=self._init,
                span=self._ranged(self._span, url) if self._span else None,
                gap=self._gap,
                at_s=self._at_s,
            )
        )
        self._at_s = None if self._at_s is None else self._at_s + self._seconds
        self._seconds, self._apart, self._gap, self._span = 0.0, False, False, ""

    def _ranged(self, text: str, url: str) -> Span:
        """Return the range `length@offset`; without an offset it follows the one before in the same file."""
        length, _, offset = text.strip('"').partition("@")
        before = self._after[1] if self._after[0] == url else 0
        span = Span(_whole(offset) if offset else before, _whole(length))
        self._after = (url, span.offset + span.length)
        return span

    def _key_of(self, told: dict[str, str]) -> Key | None:
        method = told.get("METHOD", "")
        if method == "NONE":
            return None
        if method != "AES-128" or told.get("KEYFORMAT", "identity") != "identity":
            raise Unsuited("the stream is encrypted in another way than AES-128")
        iv = _IV.fullmatch(told["IV"]) if "IV" in told else None
        return Key(checked(told.get("URI", ""), self._url), bytes.fromhex(iv[1].rjust(32, "0")) if iv else None)

    def _init_of(self, told: dict[str, str]) -> Init:
        url = checked(told.get("URI", ""), self._url)
        span = told.get("BYTERANGE")
        return Init(url, self._ranged(span, url) if span else None, self._key)


def _attributes(line: str) -> dict[str, str]:
    """Return what a tag says by name. What is no attribute is passed over, to the comma behind it.

    From every place of a hostile line on, to look for one would take hours, and all of this process would wait.
    """
    found, at = dict[str, str](), line.find(":") + 1
    while 0 < at < len(line):
        attribute = _ATTRIBUTE.match(line, at)
        if attribute:
            found[attribute[1]] = attribute[2].strip('"')
        at = attribute.end() if attribute else line.find(",", at) + 1
    return found


def _whole(text: str) -> int:
    if not _NUMBER.fullmatch(text.strip()):
        raise Upstream("the playlist: a number in it is none")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 86_400:  # noqa: PLR2004 - a day; not a number is neither
        raise Upstream("the playlist: a duration in it is none")
    return found


def _date(text: str) -> float | None:
    """Return a date as Unix time; None where it is none, which harms nobody."""
    try:
        found = datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        return None
    return found if found >= 0 else None
