"""Lost, doubled, back after: mediamill beside other queues under the same faults. `python -m bench.faults --help`."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.faults import row
from bench.faults.injected import FAULTS
from bench.faults.plan import FULL, SHORT, Scale
from bench.faults.score import HEAD, Score
from bench.faults.systems import PEERS, SYSTEMS
from bench.machine import folder, table

SEED = 7
_VERSIONS = """
import importlib.metadata as m, json
print(json.dumps({n: m.version(n) for n in ("celery", "kombu", "dramatiq", "saq", "redis")}))
"""


def main() -> int:
    """Run the rows and print the table."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no worker is left behind
    scale = SHORT if options.short else FULL
    if set(options.systems) - {"mediamill"} and not PEERS.exists():
        sys.exit("bench.faults: the peers are not installed. Get them with: scripts/setup bench")
    cells: list[list[object]] = [[*HEAD]]
    for name in options.faults:
        scores = _row(name, options, scale)
        cells += [[FAULTS[name].told, system, *score.cells()] for system, score in scores.items()]
    print(_head(options.seed, short=options.short))
    print(table("Jobs lost, doubled, and how long until they ran again", cells))
    return 0


def _row(name: str, options: argparse.Namespace, scale: Scale) -> dict[str, Score]:
    began = time.monotonic()
    with folder() as path:
        place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=options.folder)) if options.folder else path
        scores = row.run(FAULTS[name], options.systems, scale, options.seed, place)
    told = "; ".join(f"{system}: {', '.join(score.cells())}" for system, score in scores.items())
    print(f"bench.faults: {name} took {time.monotonic() - began:.0f} s. {told}", file=sys.stderr, flush=True)
    return scores


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.faults")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of: {', '.join(FAULTS)} (all)")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS), help="(all)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the load (%(default)s)")
    parser.add_argument("--short", action="store_true", help="a minute a row, to try the bench; no fair numbers")
    parser.add_argument("--folder", type=Path, help="keep journals and logs here (a short path)")
    options = parser.parse_args()
    options.faults = options.faults or list(FAULTS)
    if unknown := set(options.faults) - set(FAULTS):
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(FAULTS)}")
    return options


def _head(seed: int, *, short: bool) -> str:
    """Name the peers' versions and the seed."""
    versions = {}
    if PEERS.exists():
        told = subprocess.run((PEERS, "-c", _VERSIONS), capture_output=True, text=True, check=True).stdout
        versions = json.loads(told)
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"The peers: {named}. Seed {seed}{', short' if short else ''}.\n"


if __name__ == "__main__":
    sys.exit(main())
