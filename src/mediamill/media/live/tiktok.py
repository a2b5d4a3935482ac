"""TikTok's rooms. Written after what streamlink 8.6.3 and tiktok-live-recorder (7.7.1 and older) take from its answers.

Nobody promised these answers to anybody, and none of this was seen against TikTok itself: docs/recordings.md.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from mediamill.media.live.direct import said_to
from mediamill.media.live.door import AGENT, Door, Told
from mediamill.media.live.feed import (
    AuthRequired,
    Blocked,
    Feed,
    Missing,
    Offline,
    Shape,
    Source,
    Unsuited,
    Upstream,
)
from mediamill.media.live.qualities import Quality, height_of, nearest

SITE: Final = "https://www.tiktok.com"
_ROOMS: Final = "https://webcast.tiktok.com"
_HOSTS: Final = frozenset({"tiktok.com", "www.tiktok.com", "m.tiktok.com"})
_ACCOUNT: Final = re.compile(r"/@([A-Za-z0-9._-]{1,64})(?:/(?:live/?)?)?")
#: As phones share a room.
_SHARED: Final = re.compile(r"/(?:share/live|live/event)/([0-9]{1,20})/?")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
#: The website's own number among TikTok's programs.
_APP: Final = "1988"
_ON_AIR: Final = 2
_OFF_AIR: Final = 4
_FINISHED: Final = 30_003
_NOT_OURS: Final = frozenset({4_003_110, 20_003})  # private or from 18 on, who is not logged in
_NOBODY: Final = frozenset({10_201, 10_202, 10_221, 19_881_007})
_NOBODY_WORDS: Final = "user_not_found"
#: Rooms in one question whether they are on air.
MOST_ROOMS: Final = 50
#: How high the pictures are that TikTok calls so, where it does not say more.
_HEIGHTS: Final[Mapping[str, int]] = {"ld": 360, "sd": 480, "hd": 720, "uhd": 1080}
_SOUND: Final = "ao"
_LEVELS: Final = (_SOUND, "ld", "sd", "hd", "uhd", "origin")
_AVC: Final = frozenset({"h264", "avc", ""})
_LONGEST_URL: Final = 8_000
_RESOLUTION: Final = re.compile(r"(\d{2,5})x(\d{2,5})")


@dataclass(frozen=True)
class Room:
    """Whom a user names: an account by its name, or a room by its number; the other is ""."""

    name: str = ""
    number: str = ""


def room_of(url: str) -> Room | None:
    """Return the room behind an address of TikTok; None: there is none, it is elsewhere, or a clip."""
    parts = urlsplit(url)
    if parts.hostname not in _HOSTS:
        return None
    number = parse_qs(parts.query).get("room_id", [""])[0]
    shared = _SHARED.fullmatch(parts.path)
    if _NUMBER.fullmatch(number) or shared:
        return Room(number=number or (shared[1] if shared else ""))
    account = _ACCOUNT.fullmatch(parts.path)
    return Room(name=account[1].lower()) if account else None


def url_of(room_id: str) -> str | None:
    """Return the address of a room by its number, or of an account by its name, with or without @; None: no such."""
    if _NUMBER.fullmatch(room_id):
        return f"{SITE}/live?room_id={room_id}"
    account = _ACCOUNT.fullmatch(f"/@{room_id.removeprefix('@')}")
    return f"{SITE}/@{account[1].lower()}/live" if account else None


async def found(source: Source, room: Room, door: Door, base: str = "") -> Feed:
    """Return what is on air in a room. base: who is asked instead of TikTok; "": TikTok.

    Raises what `Door.ask` raises; Offline, Missing, AuthRequired; Blocked where the answer is a riddle for people.
    """
    return await (_by_name(source, room, door, base) if room.name else _by_number(source, room, door, base))


async def on_air(numbers: Sequence[str], door: Door, base: str = "") -> frozenset[str]:
    """Return which rooms are on air, of `MOST_ROOMS` at most. Raises what `found` raises of the way there."""
    query = urlencode({"aid": _APP, "room_ids": ",".join(numbers)})
    answer = _answer(await door.ask(f"{base or _ROOMS}/webcast/room/check_alive/?{query}", "TikTok", _as_visitor))
    rooms = _list(answer.get("data"))
    return frozenset(str(each.get("room_id_str")) for each in map(_dict, rooms) if each.get("alive") is True)


async def _by_name(source: Source, room: Room, door: Door, base: str) -> Feed:
    query = urlencode({"aid": _APP, "sourceType": "54", "staleTime": "600000", "uniqueId": room.name})
    headers = _said(source, base, f"{SITE}/@{room.name}/live")
    answer = _answer(await door.ask(f"{base or SITE}/api-live/user/room?{query}", "TikTok", headers))
    _check(answer.get("statusCode"), answer)
    told = _dict(answer.get("data"))
    live = _dict(told.get("liveRoom"))
    if not live:
        raise Missing("TikTok: there is no such account, or it was never on air")
    if live.get("status") == _OFF_AIR:
        raise Offline
    streams = (*_streams(live.get("streamData")), *_streams(live.get("hevcStreamData"), hevc=True))
    number = str(_dict(told.get("user")).get("roomId") or live.get("streamId") or "")
    return _feed(source, streams, title=live.get("title"), room=room.name, live=number)


async def _by_number(source: Source, room: Room, door: Door, base: str) -> Feed:
    query = urlencode({"aid": _APP, "room_id": room.number})
    headers = _said(source, base, f"{SITE}/")
    answer = _answer(await door.ask(f"{base or _ROOMS}/webcast/room/info/?{query}", "TikTok", headers))
    _check(answer.get("status_code"), answer)
    told = _dict(answer.get("data"))
    if not told.get("id_str") and not told.get("status"):
        raise Missing("TikTok: there is no such room")
    if told.get("status") != _ON_AIR:
        raise Offline
    urls = _dict(told.get("stream_url"))
    streams = tuple(_streams(_dict(urls.get("live_core_sdk_data")))) or tuple(_plain(_dict(urls.get("flv_pull_url"))))
    name = str(_dict(told.get("owner")).get("display_id") or "")
    return _feed(source, streams, title=told.get("title"), room=name, live=room.number)


# ---- answers


def _said(source: Source, base: str, referer: str) -> Callable[[str], Mapping[str, str]]:
    """Return what says the headers of a request; who asks on our behalf is shown what TikTok would be."""
    headers = said_to(source, Referer=referer)
    return lambda url: headers(SITE + url.removeprefix(base) if base and url.startswith(base) else url)


def _as_visitor(_url: str) -> Mapping[str, str]:
    return {"Referer": f"{SITE}/"}


def _answer(told: Told) -> dict[str, Any]:
    """Read an answer; a page, or nothing at all, comes instead of one where we are taken for a robot."""
    body = told.body.strip()
    if not body or body.startswith(b"<"):
        raise Blocked("TikTok: its firewall takes us for a robot")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Upstream("TikTok: its answer is none that we know")
    return found


def _check(code: object, answer: Mapping[str, Any]) -> None:
    """Raise what a code means that is no success."""
    words = str(answer.get("message") or _dict(answer.get("data")).get("message") or "")
    prompts = str(_dict(answer.get("data")).get("prompts") or "")
    if code in {0, "0"} and words != _NOBODY_WORDS:
        return
    if code in _NOT_OURS or "private" in prompts.lower():
        raise AuthRequired("TikTok: only who is logged in, or is a friend, may watch this room")
    if code in _NOBODY or words == _NOBODY_WORDS:
        raise Missing("TikTok: there is no such account or room")
    if code == _FINISHED:
        raise Offline
    if "captcha" in f"{words} {prompts}".lower():
        raise Blocked("TikTok: it wants a riddle solved")
    raise Upstream(f"TikTok: it answers {code}" if isinstance(code, int) else "TikTok: its answer is none that we know")


# ---- streams


@dataclass(frozen=True)
class _Stream:
    """One address of a room. hevc: its pictures are compressed as not all programs can show."""

    quality: Quality
    url: str
    hevc: bool

    @property
    def pictured(self) -> bool:
        """Whether it is more than sound."""
        return self.quality.name != _SOUND

    @property
    def rank(self) -> tuple[int, int]:
        """What sorts from the worst to the best."""
        name = self.quality.name.removesuffix("_60")
        return _LEVELS.index(name) if name in _LEVELS else 1, self.quality.height


def _streams(told: object, *, hevc: bool = False) -> Iterator[_Stream]:
    """Read `pull_data`: JSON in a text in JSON. What is no address of HTTP-FLV is passed over."""
    listed = _dict(_inner(_dict(_dict(told).get("pull_data")).get("stream_data")).get("data"))
    for name, each in listed.items():
        main = _dict(_dict(each).get("main"))
        sdk = _inner(main.get("sdk_params"))
        url = main.get("flv")
        if isinstance(url, str) and urlsplit(url).scheme in {"http", "https"}:
            codec = str(sdk.get("VCodec") or sdk.get("v_codec") or ("h265" if hevc else "")).lower()
            yield _Stream(Quality(name, _height(name, sdk)), url, codec not in _AVC)


def _plain(urls: Mapping[str, Any]) -> Iterator[_Stream]:
    """Read `flv_pull_url`, of rooms that say no more: "FULL_HD1", "HD1", "SD1", "SD2"."""
    names = {"FULL_HD1": "uhd", "HD1": "hd", "SD1": "sd", "SD2": "ld"}
    for called, url in urls.items():
        name = names.get(called, called.lower())
        if isinstance(url, str) and urlsplit(url).scheme in {"http", "https"}:
            yield _Stream(Quality(name, _HEIGHTS.get(name, 0)), url, hevc=False)


def _height(name: str, sdk: Mapping[str, Any]) -> int:
    size = _RESOLUTION.fullmatch(str(sdk.get("resolution") or ""))
    return min(int(size[1]), int(size[2])) if size else _HEIGHTS.get(name.removesuffix("_60"), height_of(name))


def _feed(source: Source, streams: Sequence[_Stream], *, title: object, room: str, live: str) -> Feed:
    if not streams:
        raise AuthRequired("TikTok: the room is on air, and shows its stream to others alone")
    # Of one name AVC is taken, which every program shows.
    by_name = {each.quality.name: each for each in sorted(streams, key=lambda each: each.hevc, reverse=True)}
    ranked = sorted(by_name.values(), key=lambda each: each.rank)
    seen = [each for each in ranked if each.pictured or source.quality == _SOUND] or ranked
    chosen = nearest(source.quality, [each.quality for each in seen])
    url = by_name[chosen.name].url
    if len(url) > _LONGEST_URL or not url.isprintable():
        raise Unsuited("TikTok: the stream's address is none")
    headers = {"User-Agent": AGENT, "Referer": f"{SITE}/"}
    return Feed(
        url,
        Shape.FLV,
        headers,
        title=title if isinstance(title, str) else "",
        room=room,
        quality=chosen.name,
        live=live,
    )


def _inner(text: object) -> dict[str, Any]:
    """Return an object that is written in a text."""
    try:
        return _dict(json.loads(text)) if isinstance(text, str) and text else {}
    except (ValueError, RecursionError):
        return {}


def _dict(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []
