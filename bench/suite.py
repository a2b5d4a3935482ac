"""Measurements of one kind of work, beside its peers: what `python -m bench.speech` and `bench.video` share."""

import argparse
import importlib
import json
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from bench.speech.peers import PEERS, ask

_VERSIONS = """
import importlib.metadata as m, json
print(json.dumps({{name: m.version(name) for name in {names!r}}}))
"""


@dataclass(frozen=True)
class Suite:
    """Measurements.

    package: has a module `scale` with FULL and QUICK, and one for each of `names`, whose `measure(scale)` returns
    tables. names: in the order of the tables. with_peers: which of them need the peers' environment. peers: its
    packages whose versions are told.
    """

    package: str
    about: str
    names: Sequence[str]
    with_peers: frozenset[str]
    peers: Sequence[str]

    def main(self) -> int:
        """Run the measurements that the command line names and print their tables; return how many failed."""
        parser = argparse.ArgumentParser(description=self.about, prog=f"python -m {self.package}")
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(self.names)} (all)")
        parser.add_argument("--quick", action="store_true", help="some minutes, to try the bench; no fair numbers")
        options = parser.parse_args()
        if unknown := set(options.names) - set(self.names):
            parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(self.names)}")
        names = options.names or self.names
        if self.with_peers & set(names) and not PEERS.exists():
            parser.error("the peers are not installed. Get them with: scripts/setup bench")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
        print(self._head(quick=options.quick), flush=True)
        return sum(not self._told(name, quick=options.quick) for name in names)

    def _told(self, name: str, *, quick: bool) -> bool:
        """Print a measurement's tables; False when it failed."""
        began = time.monotonic()
        scales = importlib.import_module(f"{self.package}.scale")
        try:
            measurement = importlib.import_module(f"{self.package}.{name}")
            print(measurement.measure(scales.QUICK if quick else scales.FULL), flush=True)
        except Exception:  # noqa: BLE001 - the others are measured all the same
            traceback.print_exc()
            print(f"`{name}` failed.\n", flush=True)
            return False
        finally:
            print(f"{self.package}: {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        return True

    def _head(self, *, quick: bool) -> str:
        """Name the peers' versions, where they have an environment of their own."""
        if not self.peers:
            return "Quick: no fair numbers.\n" if quick else ""
        named = "not installed"
        if PEERS.exists():
            versions = json.loads(ask(_VERSIONS.format(names=tuple(self.peers))))
            named = ", ".join(f"{name} {number}" for name, number in versions.items())
        return f"The peers: {named}.{' Quick: no fair numbers.' if quick else ''}\n"
