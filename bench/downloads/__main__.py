"""The cache under a crowd. `python -m bench.downloads --help`."""

import sys

from bench.suite import Suite

SUITE = Suite(
    package="bench.downloads",
    about=__doc__,
    names=("cache",),
    with_peers=frozenset(),
    peers=("zipstream-ng",),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
