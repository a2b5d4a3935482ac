"""Films beside MoviePy and x264 alone, their memory, and whole jobs. `python -m bench.video --help`."""

import argparse
import importlib
import json
import signal
import sys
import time
import traceback

from bench.speech.peers import PEERS, ask
from bench.video.scale import FULL, QUICK, Scale

#: In the order of the tables.
NAMES = ("films", "encoding", "memory", "page")
_WITH_PEERS = frozenset({"films"})
_VERSIONS = """
import importlib.metadata as m, json
names = "moviepy", "imageio-ffmpeg", "numpy", "pillow"
print(json.dumps({name: m.version(name) for name in names}))
"""


def main() -> int:
    """Run the measurements and print their tables; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.video")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)} (all)")
    parser.add_argument("--quick", action="store_true", help="two minutes, to try the bench; no fair numbers")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(NAMES)}")
    names = options.names or NAMES
    if _WITH_PEERS & set(names) and not PEERS.exists():
        parser.error("the peers are not installed. Get them with: scripts/setup bench")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    print(_head(quick=options.quick), flush=True)
    return sum(not _told(name, QUICK if options.quick else FULL) for name in names)


def _told(name: str, scale: Scale) -> bool:
    """Print a measurement's tables; False when it failed."""
    began = time.monotonic()
    try:
        print(importlib.import_module(f"bench.video.{name}").measure(scale), flush=True)
    except Exception:  # noqa: BLE001 - the others are measured all the same
        traceback.print_exc()
        print(f"`{name}` failed.\n", flush=True)
        return False
    finally:
        print(f"bench.video: {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return True


def _head(*, quick: bool) -> str:
    """Name the peers' versions."""
    named = "not installed"
    if PEERS.exists():
        named = ", ".join(f"{name} {number}" for name, number in json.loads(ask(_VERSIONS)).items())
    return f"The peers: {named}.{' Quick: no fair numbers.' if quick else ''}\n"


if __name__ == "__main__":
    sys.exit(main())
