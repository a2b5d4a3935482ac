"""A long run of watchers: channels go on and off the air, workers are killed; every live is recorded, once.

    make soak-recordings MINUTES=30 [CHANNELS=50] [SEED=7]

A real `mediamill up` watches the live site, which is real time here: segments of 2 s, a window of 20 s. Ends with 1
when a live was recorded twice or not at all, a picture of a stream with segments is missing, damaged or there twice, a
file cannot be played, or something is left: a part, a scratch folder, a process.
"""

import argparse
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote

import psutil
from tests.e2e.up import ROOT, Up, running
from tests.live.channel import Channel
from tests.live.film import DAMAGED, frames, lost, repeated
from tests.live.site import LiveSite, live_site

from mediamill.testing import eventually

_SEGMENT_GROUPS: Final = 10
_LIVE_S: Final = (25.0, 120.0)
_DARK_S: Final = (25.0, 90.0)
_POLL_S: Final = 10
_KILL_EVERY_S: Final = (45.0, 120.0)
_VICTIMS: Final = ("mm-recording", "mm-default", "mm-keeper")
_SETTLES_S: Final = 120.0
#: Ways in which a channel is named, and whether all its pictures may be wanted: a stream without segments has a gap
#: where nobody listened.
_WAYS: Final = (("page", True), ("hls", True), ("fmp4", True), ("room", False), ("aes", True))


@dataclass
class Airing:
    """One live: when it began and ended, s of this machine's clock, and the number of its last picture."""

    began_at: float
    ended_at: float = 0.0
    last: int = 0


@dataclass
class Watched:
    """A channel and its watcher."""

    channel: Channel
    way: str
    whole: bool
    path: str = ""
    key: dict[str, str] = field(default_factory=dict)
    airings: list[Airing] = field(default_factory=list)
    turn_at: float = 0.0

    def turn(self, rng: Random, now: float) -> None:
        """Go on the air, or off."""
        if self.channel.live is None:
            self.channel.on()
            self.airings.append(Airing(time.time()))
            self.turn_at = now + rng.uniform(*_LIVE_S)
        else:
            self.end(told=rng.random() < 0.5)
            self.turn_at = now + rng.uniform(*_DARK_S)

    def end(self, *, told: bool) -> None:
        """Go off the air. A playlist that vanishes takes with it what nobody has read yet: whole ones are told."""
        airing = self.airings[-1]
        airing.last = max(self.channel.frames, default=0)
        self.channel.off(told=told or self.whole)
        airing.ended_at = time.time()


def _memory_bytes(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
        return process.memory_info().rss
    return 0


class Soak:
    """A server, a site, and chance."""

    def __init__(self, up: Up, site: LiveSite, channels: int, rng: Random) -> None:
        self.up = up
        self.rng = rng
        self.kills: Counter[str] = Counter()
        self.faults: list[str] = []
        self.watched = [self._channel(site, number) for number in range(channels)]

    def _channel(self, site: LiveSite, number: int) -> Watched:
        way, whole = _WAYS[number % len(_WAYS)]
        channel = site.channel(f"c{number}")
        channel.segment_groups = _SEGMENT_GROUPS
        asked: dict[str, Any] = {"poll_interval": _POLL_S}
        match way:
            case "room":
                key = {"room_id": f"@{channel.name}"}
            case "page":
                key = {"url": site.page(channel.name)}
                asked["options"] = {"quality": "90p"}
            case _:
                key = {"url": site.hls(channel.name, "ts" if way == "hls" else way)}
        answer = self.up.client.post("/watchers", json=key | asked)
        assert answer.status_code == 202, answer.text
        path = f"/watchers/{quote(answer.json()['key'], safe='')}"
        return Watched(channel, way, whole, path, key, turn_at=time.monotonic() + self.rng.uniform(0, 30))

    def run(self, minutes: float) -> None:
        """Let channels go on and off, and kill; then let all end."""
        began = time.monotonic()
        kill_at = began + self.rng.uniform(*_KILL_EVERY_S)
        told_at = began
        while (now := time.monotonic()) < began + minutes * 60:
            for each in self.watched:
                if now >= each.turn_at:
                    each.turn(self.rng, now)
            if now >= kill_at:
                self._kill()
                kill_at = now + self.rng.uniform(*_KILL_EVERY_S)
            if now >= told_at:
                self._tell(now - began)
                told_at = now + 60
            time.sleep(0.1)
        time.sleep(_POLL_S + 5)  # who went on the air a moment ago is still to be seen
        for each in self.watched:
            if each.channel.live is not None:
                each.end(told=True)

    def _kill(self) -> None:
        victim = self.rng.choice(_VICTIMS)
        for process in self.up.processes():
            if process.name() == victim[:15]:
                process.send_signal(signal.SIGKILL)
                self.kills[victim] += 1

    def _tell(self, passed_s: float) -> None:
        lives = sum(len(each.airings) for each in self.watched)
        on_air = sum(each.channel.live is not None for each in self.watched)
        memory = sum(map(_memory_bytes, self.up.processes())) / 2**20
        print(
            f"{passed_s / 60:5.1f} min: {lives} lives, {on_air} on the air, kills {dict(self.kills)}, {memory:.0f} MiB",
            flush=True,
        )

    # ---- what came of it

    def judge(self, folder: Path) -> None:
        """Look at every recording of every live."""
        eventually(lambda: not self._recording(), _SETTLES_S)
        for each in self.watched:
            kept = self._files(each)
            by_live = defaultdict(list)
            for file in kept:
                by_live[self._live_of(each, file)].append(file)
            for number, airing in enumerate(each.airings):
                self._judge(
                    each, f"{each.channel.name} ({each.way}), live {number + 1}", airing, by_live[number], folder
                )
            for file in by_live[-1]:
                self.faults.append(f"{each.channel.name}: {file['path']} is of no live")

    def _judge(self, each: Watched, what: str, airing: Airing, files: list[dict[str, Any]], folder: Path) -> None:
        if len(files) != 1:
            lasted_s = airing.ended_at - airing.began_at
            self.faults.append(f"{what} of {lasted_s:.0f} s: {len(files)} files: {[file['path'] for file in files]}")
            return
        path = folder / "file.mp4"
        path.write_bytes(self.up.client.get(f"/files/{quote(files[0]['path'])}").content)
        pictures = frames(path)
        if not pictures or DAMAGED in pictures:
            self.faults.append(f"{what}: {pictures.count(DAMAGED)} of {len(pictures)} pictures are damaged")
        elif each.whole and (lost(pictures) or repeated(pictures)):
            self.faults.append(f"{what}: {lost(pictures)} pictures lost, {repeated(pictures)} there twice")
        elif repeated(pictures):
            self.faults.append(f"{what}: {repeated(pictures)} pictures there twice")
        elif each.whole and pictures[-1] < airing.last:
            self.faults.append(f"{what}: ends at picture {pictures[-1]} of {airing.last}")

    def _recording(self) -> list[str]:
        return [each.path for each in self.watched if "recording" in self.up.client.get(each.path).json()]

    def _files(self, each: Watched) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, 200):
            listed = self.up.client.get("/files", params={**each.key, "page": page, "page_size": 50}).json()
            found += listed["files"]
            if len(found) >= listed["total"]:
                break
        return found

    def _live_of(self, each: Watched, file: dict[str, Any]) -> int:
        """Return which live a file is of: the one in which its first byte came; -1: of none."""
        job = self.up.client.get(f"/jobs/{file['task_id']}").json()
        began_at = datetime.fromisoformat(job["data"]["started_at"]).timestamp()
        for number, airing in enumerate(each.airings):
            if airing.began_at <= began_at <= airing.ended_at + 1:
                return number
        return -1

    def leave(self) -> None:
        """Delete the watchers and look for what is left."""
        for each in self.watched:
            assert self.up.client.delete(each.path).json() == {"ok": True}
        eventually(lambda: not self.up.client.get("/watchers", params={"status": "active"}).json()["watchers"], 30)
        for what in ("lasting", "scratch"):
            try:
                eventually(partial(_is_bare, self.up.folder / what), 100)
            except AssertionError:
                self.faults += [f"left: {path}" for path in _left(self.up.folder / what)]


def _is_bare(folder: Path) -> bool:
    return not _left(folder)


def _left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def _up(site: LiveSite, folder: Path) -> Up:
    return Up(
        folder,
        slots="interactive=0,cpu=0,default=4,downloads=0,recording=100",
        path=str(ROOT / "src"),
        environ={
            "MEDIAMILL_EGRESS_ALLOW": site.address,
            "MEDIAMILL_TIKTOK_URL": site.url,
            "MEDIAMILL_STREAMLINK_PLUGINS": str(ROOT / "tests/live/plugins"),
            "MEDIAMILL_MIN_FREE": "0",
            "LOG_LEVEL": "warning",
            "RATE_LIMIT_PER_MIN": "0",
        },
    )


def main() -> int:
    """Run a soak; return 1 when it is not good."""
    parser = argparse.ArgumentParser(description="Watchers for a long time; every live is recorded once.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    print(f"seed {seed}, {options.minutes:g} minutes, {options.channels} channels", flush=True)
    with live_site() as site, tempfile.TemporaryDirectory(prefix="mediamill-soak-") as place:
        folder = Path(place)
        up = _up(site, folder)
        processes: list[psutil.Process] = []
        try:
            soak = Soak(up, site, options.channels, Random(f"{seed} watchers"))  # noqa: S311 - a choice of lives is no secret
            soak.run(options.minutes)
            soak.judge(folder)
            soak.leave()
            processes = up.processes()
        finally:
            up.stop()
        soak.faults += [f"left running: {each.pid}" for each in running(processes)]
    lives = Counter(each.way for each in soak.watched for _ in each.airings)
    print(f"{sum(lives.values())} lives {dict(lives)}, kills {dict(soak.kills)}, {len(soak.faults)} faults")
    print(*soak.faults[:50], sep="\n")
    return int(bool(soak.faults))


if __name__ == "__main__":
    sys.exit(main())
