"""The four systems: how each starts its workers and its client, and what it was told."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.faults import given
from bench.machine import ROOT
from bench.stack import Server, api, environment

#: The peers' own interpreter: they want another redis-py than mediamill. `scripts/setup bench` makes it.
PEERS = ROOT / ".venv/peers/bin/python"
UNITS = ("a", "b")
_ENTRY_POINTS = "[mediamill.services]\njournal = bench.faults.on_mediamill:JOURNAL\n"


@dataclass(frozen=True)
class Site:
    """Where a system runs in one row. folder: of its own, with a short name. url: its database."""

    folder: Path
    url: str
    longest_s: float

    @property
    def journal(self) -> Path:
        """The journal of its jobs."""
        return self.folder / "journal"

    @property
    def environ(self) -> dict[str, str]:
        """What `bench.faults.given` reads."""
        return {given.STORE: self.url, given.JOURNAL: str(self.journal), given.LONGEST_S: str(self.longest_s)}


@dataclass(frozen=True)
class System:
    """One system, ready to be started.

    client: argv of its client. workers: argv and environment by unit. api: where its records can be asked; peers
    keep none.
    """

    name: str
    client: tuple[str, ...]
    environ: Mapping[str, str]
    workers: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]]
    api: Server | None = None


@contextmanager
def mediamill(site: Site) -> Iterator[System]:
    """Two machines of `mediamill worker`, and `mediamill api`, which is no target here: it is part of the client."""
    common = {
        **environment(site.url, site.folder, _ENTRY_POINTS),
        **site.environ,
        "MEDIAMILL_DRAIN_SECONDS": str(given.DRAIN_S),
        "MEDIAMILL_SLOTS": f"cpu={given.SLOTS},interactive=0,default=0,downloads=0,recording=0",
    }
    workers = {
        unit: (
            (sys.executable, "-m", "mediamill.cli", "worker"),
            {**common, "MEDIAMILL_MACHINE": unit, "MEDIAMILL_RUNTIME_DIR": str(site.folder / f"run-{unit}")},
        )
        for unit in UNITS
    }
    with api(common) as server:
        client = (sys.executable, "-m", "bench.faults.on_mediamill", str(server.port))
        yield System("mediamill", client, common, workers, server)


@contextmanager
def celery(site: Site) -> Iterator[System]:
    """`celery worker`, prefork."""
    argv = ("celery", "-A", "bench.faults.on_celery", "worker", "--pool=prefork", f"--concurrency={given.SLOTS}")
    yield _peer("celery", site, argv, lambda unit: ("--loglevel=INFO", f"--hostname={unit}@faults"), sigterm="SIGQUIT")


@contextmanager
def dramatiq(site: Site) -> Iterator[System]:
    """`dramatiq`, a process per slot."""
    argv = ("dramatiq", "bench.faults.on_dramatiq", f"--processes={given.SLOTS}", "--threads=1")
    yield _peer("dramatiq", site, argv, lambda _: (f"--worker-shutdown-timeout={given.DRAIN_S * 1000}",))


@contextmanager
def saq(site: Site) -> Iterator[System]:
    """`saq`, one process whose slots are coroutines."""
    yield _peer("saq", site, ("saq", "bench.faults.on_saq.settings", "-v"), lambda _: ())


def _peer(
    name: str, site: Site, argv: tuple[str, ...], more: Callable[[str], tuple[str, ...]], *, sigterm: str = ""
) -> System:
    """Return a peer: modules of ours in its interpreter. sigterm: what its worker takes SIGTERM for."""
    environ = {**os.environ, **site.environ, "PYTHONPATH": str(ROOT)}
    if sigterm:
        environ["REMAP_SIGTERM"] = sigterm
    python = str(PEERS)
    workers = {unit: ((python, "-m", *argv, *more(unit)), environ) for unit in UNITS}
    return System(name, (python, "-m", f"bench.faults.on_{name}"), environ, workers)


SYSTEMS = {"mediamill": mediamill, "celery": celery, "dramatiq": dramatiq, "saq": saq}
