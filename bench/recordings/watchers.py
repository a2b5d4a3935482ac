"""Very many watchers of channels that are off the air: what a whole stack takes for them, and how late it looks."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import psutil
from bench.idle import named
from bench.machine import ROOT, cpu_s, folder, private_valkey, python, table, tree, until
from bench.recordings.mill import mill
from bench.recordings.scale import Scale
from bench.stack import OWNER, Server
from bench.wire import Clients, percentile

from mediamill.broker.tickets import template
from mediamill.core.polls import PollState
from mediamill.services.recordings.watching.memory import Memory
from mediamill.settings import RedisSettings
from mediamill.store import polls as store
from mediamill.store.identities import Identities
from mediamill.store.keys import Keys
from mediamill.store.pool import Client, connect
from mediamill.store.scripts import Scripts

_POLL_S: Final = 60
#: Of forty watchers so many name their channel this way.
_MIX: Final = (("hls", 10), ("flv", 10), ("number", 10), ("name", 8), ("page", 2))
#: Pages of one site: less than the pace at which we ask one. Other sites serve the rest.
_PAGES: Final = 100
_CLIENTS: Final = 8
_SLOTS: Final = "interactive=0,cpu=0,downloads=0,default=8,recording=50"
#: After the last of them has been looked at: what was due all at once spreads.
_SETTLE_S: Final = 120.0
_SAMPLE_S: Final = 20.0
_PATIENCE_S: Final = 300.0
_AT_ONCE: Final = 200

Rows = list[Sequence[object]]


@dataclass(frozen=True)
class Sites:
    """Where nothing is on air. pid: of the process that serves them. urls: their addresses. rooms: of each one."""

    pid: int
    urls: Sequence[str]
    rooms: Sequence[str]


def measure(scale: Scale) -> str:
    """Return the tables."""
    with ExitStack() as stack:
        path = stack.enter_context(folder())
        url, sites = stack.enter_context(private_valkey(path)), stack.enter_context(_sites(scale.watchers))
        client = stack.enter_context(closing(connect(RedisSettings(url=url))))
        server = stack.enter_context(mill(url, path, _SLOTS, sites.urls[0]))
        began = time.monotonic()
        _create(server, list(_requests(scale.watchers, sites)))
        created_s = time.monotonic() - began
        looks = Looks(client)
        until(lambda: looks.are_all_looked_at(scale.watchers), _PATIENCE_S, pause_s=2)
        looked_s = time.monotonic() - began
        time.sleep(min(_SETTLE_S, scale.watched_s))
        rows, processes = _steady(client, server, sites, looks, scale.watched_s)
    about = f"{scale.watchers:,} watchers of channels that are off the air, looked at every {_POLL_S} s"
    created = [
        f"to create them by {_CLIENTS} clients, and until each was looked at, s",
        f"{created_s:.0f}, {looked_s:.0f}",
        "",
    ]
    return table(f"{about}: {scale.watched_s:.0f} s of that", [["what", "measured", "target"], *rows, created]) + table(
        "The same, by process", [["process", "CPU, % of one core", "PSS, MiB"], *processes]
    )


def _requests(count: int, sites: Sites) -> Iterator[bytes]:
    """Yield what watchers are asked for, evenly mixed."""
    ways = [way for way, share in _MIX for _ in range(share)]
    first, *others = sites.urls
    pages = 0
    for number in range(count):
        channel = f"c{number}"
        match ways[number % len(ways)]:
            case "hls":
                named = {"url": f"{first}/live/{channel}/ts.m3u8"}
            case "flv":
                named = {"url": f"{first}/live/{channel}/stream.flv"}
            case "number":
                named = {"room_id": sites.rooms[number]}
            case "name":
                named = {"room_id": f"@{channel}"}
            case _:
                named = {"url": f"{others[pages // _PAGES]}/live/{channel}"}
                pages += 1
        yield json.dumps({**named, "poll_interval": _POLL_S}).encode()


def _create(server: Server, bodies: Sequence[bytes]) -> None:
    waiting = iter(bodies)
    made = lambda: server.request("POST", "/watchers", next(waiting))  # noqa: E731 - one line
    with closing(Clients(server.port, _CLIENTS, made, (202, b'"active"'))) as crowd:
        crowd.run(len(bodies))


class Looks:
    """When watchers were due and when they were looked at, as the store has it."""

    def __init__(self, client: Client) -> None:
        scripts = Scripts(client, Keys(), template())
        self._polls = store.Polls(scripts)
        self._identities = Identities(scripts)
        self._ids: list[str] = []
        self._due: dict[str, float] = {}
        self.late_s: list[float] = []
        self.codes: Counter[str] = Counter()

    def are_all_looked_at(self, count: int) -> bool:
        """Whether there are so many, each looked at once or more."""
        if len(self._ids) < count:
            self._ids = list(self._listed())
        return len(self._ids) == count and all(Memory.of(each.facts).looked_at for _, each in self._states())

    def sample(self, *, is_last: bool = False) -> None:
        """Note what was looked at since the last sample. is_last: who waits since then is late by as much."""
        for job_id, state in self._states():
            memory, due = Memory.of(state.facts), self._due.get(job_id)
            if due is not None and (memory.looked_at or 0) >= due:
                self.late_s.append((memory.looked_at or 0) - due)
                self.codes[memory.code] += 1
            elif due is not None and is_last and due < time.time():
                self.late_s.append(time.time() - due)
            if state.next_at is not None:
                self._due[job_id] = state.next_at

    def _states(self) -> Iterator[tuple[str, PollState]]:
        for start in range(0, len(self._ids), _AT_ONCE):
            yield from self._polls.states(self._ids[start : start + _AT_ONCE]).items()

    def _listed(self) -> Iterator[str]:
        cursor = None
        while True:
            page = self._identities.page(OWNER, "watchers", cursor, _AT_ONCE)
            yield from page.ids
            if (cursor := page.next) is None:
                return


def _steady(client: Client, server: Server, sites: Sites, looks: Looks, seconds: float) -> tuple[Rows, Rows]:
    """Watch it for a while; return what was seen, and what each process took."""
    looks.sample()
    before, own, source, began = _by_process(server.pid), _valkey_s(client), cpu_s(sites.pid), time.monotonic()
    while (left := began + seconds - time.monotonic()) > 0:
        time.sleep(min(left, _SAMPLE_S))
        looks.sample(is_last=left <= _SAMPLE_S)
    wall = time.monotonic() - began
    after, store_s, source_s = _by_process(server.pid), _valkey_s(client) - own, cpu_s(sites.pid) - source
    used = {key: 100 * (spent - before.get(key, 0)) / wall for key, spent in after.items()}
    used["Valkey", 0] = 100 * store_s / wall
    memory = {(name, pid): psutil.Process(pid).memory_full_info().pss / 2**20 for name, pid in after}
    memory["Valkey", 0] = client.run("INFO", "memory")["used_memory"] / 2**20
    late_s = sorted(looks.late_s)
    codes = ", ".join(f"{count:,} {code or 'off the air'}" for code, count in looks.codes.most_common())
    rows: Rows = [
        ["CPU of all processes, % of one core", f"{sum(used.values()):.1f}", "<= 50"],
        ["late, median and p99, s", f"{percentile(late_s, 0.5):.2f}, {percentile(late_s, 0.99):.2f}", "p99 <= 5"],
        ["late, worst, s", f"{late_s[-1]:.1f}", ""],
        ["looks, and what they told", f"{len(late_s):,}: {codes}", ""],
        ["memory of all processes, MiB", f"{sum(memory.values()):.0f}", ""],
        ["CPU of the sites, % of one core", f"{100 * source_s / wall:.1f}", ""],
    ]
    by_process = sorted(used, key=lambda key: -used[key])
    return rows, [[name, f"{used[name, pid]:.1f}", f"{memory[name, pid]:.0f}"] for name, pid in by_process]


def _by_process(pid: int) -> dict[tuple[str, int], float]:
    """Return the CPU seconds of each process of a tree, by its name and id."""
    found = {}
    for member in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            found[named(member), member.pid] = times.user + times.system
    return found


def _valkey_s(client: Client) -> float:
    told = client.run("INFO", "cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


@contextmanager
def _sites(watchers: int) -> Iterator[Sites]:
    pages = watchers * dict(_MIX)["page"] // sum(dict(_MIX).values())
    argv = python("bench.recordings.quiet", str(2 + pages // _PAGES), str(watchers))
    child = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        said = json.loads(child.stdout.readline())
        yield Sites(child.pid, said["urls"], said["rooms"])
    finally:
        child.stdin.close()
        child.wait(30)
