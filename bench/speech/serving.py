"""One sentence a request, as voice assistants send them: mediamill beside an endpoint that was written by hand."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from statistics import median
from threading import Event, Thread

from bench.machine import cpu_s, process, pss_mib, python, ratio, table, until
from bench.speech.mill import mill
from bench.speech.scale import Scale
from bench.speech.texts import sentence
from bench.stack import Server, free_port, listens
from bench.wire import Clients, percentile

CLIENTS = 32
REPEATERS = 8
#: What 0.8 s of speech have: an answer with less is none.
_LEAST_BYTES = 6_400
_LOOK_S = 0.5
_HEAD = ["", "mediamill", "by hand", "ratio", "target"]


def measure(scale: Scale) -> str:
    """Return the tables."""
    with mill({"interactive": 2}) as ours, by_hand() as plain, by_hand("dict") as keeping:
        new = distinct([Line(ours.server), Line(plain)], scale)
        alike = [
            duplicates([Line(ours.server), Line(keeping)], scale),
            repeats([Line(ours.server, REPEATERS), Line(keeping, REPEATERS)], scale),
        ]
    return table(
        f"One sentence a request, each a new one, MP3, {CLIENTS} clients, two `interactive` slots, beside a FastAPI "
        f"route with the model in its module ({scale.pairs} interleaved batches of {scale.requests})",
        [_HEAD, *new],
    ) + table("The same sentence again and again, MP3, beside the same route with a dict of answers", [_HEAD, *alike])


@contextmanager
def by_hand(*options: str) -> Iterator[Server]:
    """The peer, ready."""
    port = free_port()
    with process(*python("bench.speech.endpoint", str(port), *options)) as child:
        until(lambda: child.poll() is not None or listens(port))
        assert child.poll() is None, "the peer did not start"
        yield Server(port, child.pid, bare=True)


class Line:
    """A server and its clients, which connect anew for each batch: between batches a server may hang up.

    text: what the next client asks for; a new sentence each time while it is None.
    """

    def __init__(self, server: Server, clients: int = CLIENTS) -> None:
        self.server = server
        self.text: str | None = None
        self._clients = clients
        self._numbers = count()

    def run(self, requests: int) -> tuple[float, list[float]]:
        """Make so many requests; return how long they took together, and each of them, sorted, s."""
        crowd = Clients(self.server.port, self._clients, self._request, (200, b""), least_bytes=_LEAST_BYTES)
        with closing(crowd):
            began = time.perf_counter()
            took = crowd.run(requests)
            return time.perf_counter() - began, took

    def _request(self) -> bytes:
        text = self.text or sentence(next(self._numbers))
        return self.server.request("POST", "/v1/audio/speech", spoken(text))


def spoken(text: str, *, form: str = "mp3", voice: str = "alloy") -> bytes:
    """Return the body that asks for a text."""
    return json.dumps({"model": "tts-1", "voice": voice, "input": text, "response_format": form}).encode()


@contextmanager
def watched(server: Server) -> Iterator[list[float]]:
    """Note the memory of a server and its descendants every half second, MiB."""
    seen = [pss_mib(server.pid)]
    over = Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            seen.append(pss_mib(server.pid))

    looking = Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def distinct(lines: Sequence[Line], scale: Scale) -> list[list[str]]:
    """Return the rows for new sentences. Both sides are asked for the same ones."""
    rates: list[list[float]] = [[], []]
    times: list[list[float]] = [[], []]
    peaks: list[list[float]] = [[], []]
    costs: list[list[float]] = [[], []]
    for batch in range(scale.pairs + 1):
        for side, line in enumerate(lines):
            before = cpu_s(line.server.pid)
            with watched(line.server) as seen:
                seconds, took = line.run(scale.requests)
            if batch:  # the first one warms up
                costs[side].append((cpu_s(line.server.pid) - before) / scale.requests * 1000)
                rates[side].append(scale.requests / seconds)
                times[side] += took
                peaks[side].append(max(seen))
    return [
        ["answers/s", *_cells(rates, "{:.1f}"), ">= 1.1"],
        ["p50 ms", *_quantile(times, 0.5), ""],
        ["p99 ms", *_quantile(times, 0.99), "<= 0.85"],
        ["CPU of all its processes, ms an answer", *_cells(costs, "{:.1f}"), ""],
        [
            "memory of all its processes (PSS), at most, MiB",
            *_ratio([max(each) for each in peaks], "{:.0f}"),
            "<= 0.75",
        ],
        [
            "the same, last batch against the first",
            *(f"{(each[-1] / each[0] - 1) * 100:+.1f} %" for each in peaks),
            "",
            "",
        ],
    ]


def duplicates(lines: Sequence[Line], scale: Scale) -> list[str]:
    """Return the row for a crowd that asks for one new sentence at once."""
    rates: list[list[float]] = [[], []]
    for number in range(scale.pairs * 3 + 1):
        for side, line in enumerate(lines):
            line.text = sentence(20_000 + number)
            seconds, _ = line.run(CLIENTS)
            if number:
                rates[side].append(CLIENTS / seconds)
    return [f"{CLIENTS} clients ask for one new sentence at once: answers/s", *_cells(rates, "{:.0f}"), ">= 3"]


def repeats(lines: Sequence[Line], scale: Scale) -> list[str]:
    """Return the row for clients that ask for what was made long ago."""
    rates: list[list[float]] = [[], []]
    for batch in range(scale.pairs + 1):
        for side, line in enumerate(lines):
            line.text = sentence(30_000)
            seconds, _ = line.run(scale.repeats)
            if batch:
                rates[side].append(scale.repeats / seconds)
    return [f"{REPEATERS} clients ask for an old one: answers/s", *_cells(rates, "{:.0f}"), ">= 1.2"]


def _cells(sides: Sequence[Sequence[float]], form: str) -> list[str]:
    """Return the medians of both sides and the median of their ratios, batch by batch."""
    pairs = list(zip(*sides, strict=True))
    return [*(form.format(median(side)) for side in sides), f"{ratio(pairs):.2f}"]


def _quantile(times: Sequence[list[float]], share: float) -> list[str]:
    return _ratio([percentile(sorted(each), share) * 1000 for each in times], "{:.0f}")


def _ratio(values: Sequence[float], form: str) -> list[str]:
    ours, theirs = values
    return [form.format(ours), form.format(theirs), f"{ours / theirs:.2f}"]
