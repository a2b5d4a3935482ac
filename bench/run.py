"""Run the benchmarks, all short ones or those named, and print their tables: `python bench/run.py [NAME ...]`."""

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
NAMES = ("submit", "repeat", "spool", "viewers", "noop", "quality", "idle")
#: Only by name: a quarter of an hour each, and peers that `scripts/setup bench` installs.
LONG = ("faults", "speech", "video", "documents", "downloads", "recordings")
PEERS = ("celery", "redis", "fastapi", "uvicorn", "uvloop", "sse-starlette")
_LIMIT_S = 300
_LONG_LIMIT_S = 3600


def main() -> int:
    """Run; return how many benchmarks failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)} (all these), {', '.join(LONG)}"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables in this page, between its marks")
    options = parser.parse_args()
    if unknown := set(options.names) - {*NAMES, *LONG}:
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(NAMES + LONG)}")
    parts = [_head()]
    failed = 0
    print(parts[0], flush=True)
    for name in options.names or NAMES:
        began = time.monotonic()
        told = _module(f"bench.{name}", _LONG_LIMIT_S if name in LONG else _LIMIT_S).strip()
        failed += not told
        parts.append(f"{told or f'`{name}` failed.'}\n")
        print(parts[-1], flush=True)
        print(f"bench: {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if options.write and not failed:
        alone = len(options.names) == 1 and options.names[0] in LONG
        _write(options.write, options.names[0] if alone else "tables", "\n".join(parts))
    return failed


def _head() -> str:
    """Name day, machine, its load before we began, and versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return (
        f"{datetime.now(UTC).date()}, {_module('bench.machine').strip()}, load average before: "
        f"{os.getloadavg()[0]:.1f}. mediamill {version('mediamill')}, {versions}.\n"
    )


def _module(name: str, limit_s: float = _LIMIT_S) -> str:
    """Return what a module of ours prints, or "" when it fails; what it complains about goes to our own stderr."""
    try:
        done = subprocess.run(
            (sys.executable, "-m", name), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=limit_s
        )
    except subprocess.CalledProcessError as error:
        print(f"bench: {name}: {error}. It had printed:\n{error.stdout}", file=sys.stderr)
        return ""
    except subprocess.TimeoutExpired as error:
        print(f"bench: {name}: {error}", file=sys.stderr)
        return ""
    return done.stdout


def _write(page: Path, mark: str, tables: str) -> None:
    """Replace what lies between the page's marks."""
    wanted = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, begin, rest = page.read_text().partition(wanted[0])
    _, end, after = rest.partition(wanted[1])
    if not begin or not end:
        raise SystemExit(f"{page} has no marks {' and '.join(wanted)}")
    page.write_text(f"{before}{begin}\n\n{tables.strip()}\n\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
