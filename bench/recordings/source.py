"""What is recorded: a live site in a process of its own, whose CPU is counted apart."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.request import urlopen

from bench.machine import ROOT, python, until
from bench.recordings.scale import Scale

#: Players begin three segments before the end, and some give up where there are fewer.
_SEGMENTS: Final = 4


@dataclass(frozen=True)
class Site:
    """A site that is told by lines and answers with lines. url: its address."""

    url: str
    child: "subprocess.Popen[str]"

    def hls(self, number: int) -> str:
        """Return a channel's playlist."""
        return f"{self.url}/live/c{number}/ts.m3u8"

    def flv(self, number: int) -> str:
        """Return a channel's FLV stream."""
        return f"{self.url}/live/c{number}/stream.flv"

    def segments(self) -> int:
        """Return how many segments a channel's playlist names by now."""
        with urlopen(self.hls(0), timeout=10) as answer:  # noqa: S310 - a site of our own
            named: int = answer.read().count(b"#EXTINF")
        return named

    def report(self) -> Mapping[str, float]:
        """Return what it has sent and spent: `sent_bytes`, `cpu_s`, `viewers`."""
        assert self.child.stdin is not None
        self.child.stdin.write("report\n")
        self.child.stdin.flush()
        said: Mapping[str, float] = json.loads(self._line())
        return said

    def _line(self) -> str:
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError("the live site has gone")
        return line.strip()


@contextmanager
def site(scale: Scale, channels: int) -> Iterator[Site]:
    """Serve channels `c0`, `c1`, …, all on the air."""
    argv = python(
        "tests.live",
        *("--channels", str(channels)),
        *("--bits", str(scale.bits_s)),
        *("--segment", str(scale.segment)),
    )
    child = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        here = Site(child.stdout.readline().strip(), child)
        until(lambda: here.segments() >= _SEGMENTS, pause_s=0.2)
        yield here
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(30)
