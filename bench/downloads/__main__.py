"""Downloads beside what they wrap, their cache and their archives. `python -m bench.downloads --help`."""

import sys
from pathlib import Path

from bench.suite import Suite

#: A module of this folder that measures is a measurement.
_NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if "\ndef measure(" in path.read_text())

SUITE = Suite(
    package="bench.downloads",
    about=__doc__,
    names=_NAMES,
    with_peers=frozenset({"archive"}),
    peers=("zipstream-ng",),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
