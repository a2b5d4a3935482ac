"""Recordings beside curl, streamlink, yt-dlp and ffmpeg. `python -m bench.recordings --help`."""

import sys
from pathlib import Path

from bench.suite import Suite

#: A module of this folder that measures is a measurement.
_NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if "\ndef measure(" in path.read_text())

SUITE = Suite(
    package="bench.recordings",
    about=__doc__,
    names=_NAMES,
    with_peers=frozenset(),
    peers=(),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
