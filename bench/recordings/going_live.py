"""From a channel's going on the air to the first byte of its recording on the disk, by watchers of the whole stack."""

import json
import random
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from bench.machine import folder, private_valkey, table, until
from bench.recordings.mill import mill
from bench.recordings.scale import Scale
from bench.stack import Server
from tests.live.channel import Channel
from tests.live.site import LiveSite, live_site

_POLL_S: Final = 10
#: Channels go on the air at moments of so many polls.
_POLLS: Final = 4
#: More than a poll, by so much, is too late.
_MORE_S: Final = 1.0
_LOOK_S: Final = 0.02
_PATIENCE_S: Final = 60.0
_SLOTS: Final = "interactive=0,cpu=0,downloads=0,default=4,recording=50"


def measure(scale: Scale) -> str:
    """Return the table."""
    with ExitStack() as stack:
        path, site = stack.enter_context(folder()), stack.enter_context(live_site())
        server = stack.enter_context(mill(stack.enter_context(private_valkey(path)), path, _SLOTS, site.url))
        named = [_watched(server, site, number) for number in range(scale.lives)]
        until(lambda: all("last_run_at" in each for each in _watchers(server)), _PATIENCE_S, pause_s=0.5)
        aired, written = _seen(list(site.channels.values()), path / "data" / "lasting")
        watchers = {each["key"]: each for each in _watchers(server)}
    late: dict[str, list[Late]] = defaultdict(list)
    for key, way, channel in named:
        first_at, looked = written[watchers[key]["recording"]], datetime.fromisoformat(watchers[key]["last_run_at"])
        late[way].append(Late(first_at - aired[channel], first_at - looked.timestamp()))
    every = [each for found in late.values() for each in found]
    return table(
        f"From on air to the first byte on disk: {scale.lives} channels that go on the air at moments of their own, "
        f"looked at every {_POLL_S} s",
        [
            [
                "named by",
                "channels",
                "median s",
                "worst s",
                "target of the worst",
                "after the look, median s",
                "worst s",
            ],
            *(_row(way, late[way]) for way in sorted(late)),
            _row("all", every),
        ],
    )


class Late(NamedTuple):
    """How long it took until the first byte, s: in all, and since the look that saw it on the air."""

    all_s: float
    looked_s: float


def _row(name: str, late: list[Late]) -> list[object]:
    all_s, looked_s = zip(*late, strict=True)
    whole = [f"{median(all_s):.2f}", f"{max(all_s):.2f}", f"<= {_POLL_S + _MORE_S:.0f}"]
    return [name, len(late), *whole, f"{median(looked_s):.2f}", f"{max(looked_s):.2f}"]


def _watched(server: Server, site: LiveSite, number: int) -> tuple[str, str, str]:
    """Watch a channel that is off the air; return the watcher's key, how it names the channel, and the channel."""
    channel = site.channel(f"c{number}").name
    ways = (
        ("HLS", "url", site.hls(channel)),
        ("FLV", "url", site.flv(channel)),
        ("a page of streamlink's", "url", site.page(channel)),
        ("a room of TikTok's", "room_id", f"@{channel}"),
    )
    way, field, value = ways[number % len(ways)]
    body = json.dumps({field: value, "poll_interval": _POLL_S}).encode()
    return str(server.ask("POST", "/watchers", body)["key"]), way, channel


def _watchers(server: Server) -> list[dict[str, Any]]:
    found: Any = server.ask("GET", "/watchers?limit=200")["watchers"]
    return list(found)


def _seen(channels: list[Channel], lasting: Path) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Have channels go on the air at random; return when each did, and when a job's first byte was on the disk."""
    chance = random.Random(8)  # noqa: S311
    began = time.time()
    turns = sorted((began + chance.uniform(0, _POLLS * _POLL_S), channel.name, channel) for channel in channels)
    aired: dict[str, float] = {}
    written: dict[str, float] = {}
    while len(written) < len(channels):
        now = time.time()
        if now > began + _POLLS * _POLL_S + _PATIENCE_S:
            raise TimeoutError(f"of {len(channels)} channels {len(written)} are recorded")
        while turns and turns[0][0] <= now:
            _, name, channel = turns.pop(0)
            channel.on()
            aired[name] = time.time()
        for job in _with_bytes(lasting):
            written.setdefault(job, time.time())
        time.sleep(_LOOK_S)
    return aired, written


def _with_bytes(lasting: Path) -> list[str]:
    """Return the jobs of which there is a byte: `lasting/MACHINE/JOB/files/PART`."""
    found = []
    for part in lasting.glob("*/*/files/*"):
        with suppress(FileNotFoundError):  # a part that is done is moved away
            if part.stat().st_size:
                found.append(part.parts[-3])
    return found
