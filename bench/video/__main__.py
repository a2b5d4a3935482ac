"""Films beside MoviePy and x264 alone, their memory, and whole jobs. `python -m bench.video --help`."""

import sys

from bench.suite import Suite

SUITE = Suite(
    package="bench.video",
    about=__doc__,
    names=("films", "encoding", "memory", "page"),
    with_peers=frozenset({"films"}),
    peers=("moviepy", "imageio-ffmpeg", "numpy", "pillow"),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
