"""10,000 jobs that wait to be looked at: what the engine's own part costs, and how late the looks are."""

import json
import resource
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

from bench.machine import folder, private_valkey, table
from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr

from mediamill import Context, Later, Polls, Queue, Result, Service
from mediamill.broker.tickets import template
from mediamill.core.errors import Cancelled
from mediamill.engine.pollers import Params as Polled
from mediamill.engine.polling import poll_service
from mediamill.engine.polls import LivePolls
from mediamill.engine.registry import Found, Registry
from mediamill.engine.vault import Vault
from mediamill.settings import RedisSettings, SecretSettings
from mediamill.store import polls as store
from mediamill.store.keys import Keys
from mediamill.store.pool import Client, connect
from mediamill.store.scripts import Scripts
from mediamill.testing import FakeContext

JOBS = 10_000
INTERVAL_S = 60.0
ROUNDS = 3
STEADY_S = 120.0
#: A file of cookies, as browsers export them for one site.
COOKIE = "x" * 4_000
MOVED_AT_ONCE = 500


class Watched(BaseModel):
    """What a job that waits is asked for."""

    url: str
    options: dict[str, str] = {}
    cookies: SecretStr | None = None


class Bench:
    """A server with jobs that wait."""

    def __init__(self, url: str, path: Path, prefix: str, cookies: str | None) -> None:
        self.client: Client = connect(RedisSettings(url=url, prefix=prefix))
        self.scripts = Scripts(self.client, Keys(prefix), template())
        self.polls = store.Polls(self.scripts)
        self.vault = Vault(SecretSettings((Fernet.generate_key().decode(),)))
        self.path = path
        self._enlist(cookies)

    def _enlist(self, cookies: str | None) -> None:
        secret = None if cookies is None else SecretStr(cookies)
        for start in range(0, JOBS, MOVED_AT_ONCE):
            ids = [f"job-{number:06d}" for number in range(start, start + MOVED_AT_ONCE)]
            params = [Watched(url=f"https://example.org/live/{each}", cookies=secret) for each in ids]
            fields = [
                ("service", "watch", "params", json.dumps(self.vault.dump(each)), "uploads", "{}", "time_limit_s", "60")
                for each in params
            ]
            plain = {"owner": "bench", "queue": Queue.DEFAULT, "priority": 0, "request_hash": "h"}
            self._many("submit", [{"id": each, **plain} for each in ids], fields)
            claim = {"queue": Queue.DEFAULT, "machine": "m", "worker": "w", "lease_ms": 10_000, "follow": True}
            tokens = [secrets.token_hex(16) for _ in ids]
            claimed = self._many("claim", [{**claim, "token": token} for token in tokens])
            later = {"event": "later", "due_in_ms": 3_600_000, "poll": 0}
            calls = [
                {"id": reply[0], "token": token, "set": {"stage": "offline"}, **later}
                for reply, token in zip(claimed, tokens, strict=True)
            ]
            self._many("move", calls)

    def _many(
        self, script: str, calls: list[dict[str, object]], argvs: Sequence[Sequence[str]] | None = None
    ) -> list[list[str]]:
        replies: list[list[str]] = self.scripts.many(script, calls, argvs)
        return replies

    def service(self, poll: object = None) -> Service[Watched]:
        """Return the service whose jobs they are."""
        return Service("watch", Watched, _not_here, poll=poll)  # type: ignore[arg-type]

    def server_s(self) -> float:
        """Return the processor time that the server has had, seconds."""
        told = self.client.run("INFO", "cpu")
        return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def main() -> str:
    """Return the tables."""
    with folder() as path, private_valkey(path) as url:
        plain, secret = Bench(url, path, "plain:", None), Bench(url, path, "secret:", COOKIE)
        rows = [[name, *_pairs(bench)] for name, bench in (("small requests", plain), ("with 4 kB of cookies", secret))]
        steady = _steady(plain)
    return table(
        f"`take` and `again`, {JOBS:,} jobs (CPU seconds for 1,000 pairs; median of {ROUNDS})",
        [["", "poll's process", "Valkey", "% of a core at 10,000 a minute"], *rows],
    ) + table(
        f"{JOBS:,} jobs, each looked at every {INTERVAL_S:.0f} s, for {STEADY_S:.0f} s, with looks that cost nothing",
        [["what", "measured", "target"], *steady],
    )


def _pairs(bench: Bench) -> list[str]:
    """Return what a take and an again cost, as cells."""
    found = sorted(_round(bench) for _ in range(ROUNDS))[ROUNDS // 2]
    share = sum(found) * JOBS / 1_000 / INTERVAL_S
    return [f"{found[0]:.3f}", f"{found[1]:.3f}", f"{share * 100:.1f}"]


def _round(bench: Bench) -> tuple[float, float]:
    polls = LivePolls(bench.service(), bench.polls, bench.vault, FakeContext(bench.path))
    own, server, count = _own_s(), bench.server_s(), 0
    while count < JOBS:
        due = polls.take()
        for each in due:
            polls.check()
            polls.again(each, 0, {"looked_at": time.time(), "live": ""})
        count += len(due)
    polls.due_in_s()
    return (_own_s() - own) / JOBS * 1_000, (bench.server_s() - server) / JOBS * 1_000


def _steady(bench: Bench) -> list[list[str]]:
    """Run the poller for a while; return rows."""
    lags: list[float] = []
    over_at = time.monotonic() + STEADY_S

    def poll(polls: Polls[Watched]) -> None:
        while due := polls.take():
            now = time.time()
            for place, each in enumerate(due):
                polls.check()
                after_s = INTERVAL_S if "next_at" in each.facts else INTERVAL_S * place / len(due)
                if "next_at" in each.facts:
                    lags.append(now - each.facts["next_at"])
                polls.again(each, after_s, {"next_at": time.time() + after_s, "live": ""})
        if time.monotonic() > over_at:
            raise Cancelled

    service = bench.service(poll)
    registry = Registry({service.name: Found(service, __name__, ())})
    own, server, began = _own_s(), bench.server_s(), time.monotonic()
    with suppress(Cancelled, Later):
        poll_service(registry, bench.polls, bench.vault).run(Polled(service="watch"), FakeContext(bench.path))
    seconds = time.monotonic() - began
    p50, p99 = (quantiles(lags, n=100)[place] for place in (49, 98))
    return [
        ["looks", f"{len(lags):,}", ""],
        ["CPU of the poll's process, % of a core", f"{(_own_s() - own) / seconds * 100:.1f}", "< 20"],
        ["CPU of Valkey, % of a core", f"{(bench.server_s() - server) / seconds * 100:.1f}", ""],
        ["late, p50 and p99, s", f"{p50:.2f}, {p99:.2f}", "p99 <= 5"],
    ]


def _not_here(_params: Watched, _ctx: Context) -> Result:
    raise NotImplementedError


def _own_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(main())
