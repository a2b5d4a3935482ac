"""Run the benchmarks, all or those named, and print their tables: `python bench/run.py [NAME ...] [--write PAGE]`."""

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The quiet ones last: what came before has settled by then.
NAMES = ("submit", "repeat", "viewers", "noop", "idle")
PEERS = ("celery", "redis", "fastapi", "uvicorn", "uvloop", "sse-starlette")
BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
_LIMIT_S = 300


def main() -> int:
    """Run; return how many benchmarks failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)} (all)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables in this page, between its marks")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(NAMES)}")
    parts = [_head()]
    failed = 0
    print(parts[0], flush=True)
    for name in options.names or NAMES:
        began = time.monotonic()
        told = _module(f"bench.{name}").strip()
        failed += not told
        parts.append(f"{told or f'`{name}` failed.'}\n")
        print(parts[-1], flush=True)
        print(f"bench: {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if options.write and not failed:
        _write(options.write, "\n".join(parts))
    return failed


def _head() -> str:
    """Name day, machine, its load before we began, and versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return (
        f"{datetime.now(UTC).date()}, {_module('bench.machine').strip()}, load average before: "
        f"{os.getloadavg()[0]:.1f}. mediamill {version('mediamill')}, {versions}.\n"
    )


def _module(name: str) -> str:
    """Return what a module of ours prints, or "" when it fails; what it complains about goes to our own stderr."""
    try:
        done = subprocess.run(
            (sys.executable, "-m", name), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=_LIMIT_S
        )
    except subprocess.SubprocessError as error:
        print(f"bench: {name}: {error}", file=sys.stderr)
        return ""
    return done.stdout


def _write(page: Path, tables: str) -> None:
    """Replace what lies between the page's marks."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{tables.strip()}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
