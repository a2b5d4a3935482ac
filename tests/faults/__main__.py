"""The command line of the fault suite: `python -m tests.faults`, or `make faults`."""

import argparse
import os
import secrets
import sys
from pathlib import Path

from tests.faults import suite


def main() -> int:
    """Run rows; return 1 when one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Break the stack, and look what is lost."
    )
    parser.add_argument("--only", default="", metavar="ROW,...", help="these rows (default: all)")
    parser.add_argument("--seed", type=int, help="of all random choices (default: a new one)")
    parser.add_argument("--short", action="store_true", help="the rows that run in every check")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="rows that run beside each other (default: 1)"
    )
    parser.add_argument("--list", action="store_true", help="print the rows and what each must hold")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where logs of failed rows go")
    options = parser.parse_args()
    known = {row.name: row for row in suite.every_row()}
    if options.list:
        for row in known.values():
            print(f"{row.name:<24}  {'short  ' if row.short else '       '}{row.holds}")
        return 0
    names = [name for name in options.only.split(",") if name]
    if unknown := set(names) - known.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}; --list prints all")
    chosen = [known[name] for name in names] or [row for row in known.values() if row.short or not options.short]
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    # Bounds in seconds are those of a quiet machine; a busy one gets a margin.
    margin = float(os.environ.get("FAULTS_MARGIN", "1"))
    outcomes = suite.run(
        chosen,
        seed,
        margin=margin,
        at_once=options.at_once,
        say=lambda line: print(line, flush=True),
        keep=options.keep,
    )
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
