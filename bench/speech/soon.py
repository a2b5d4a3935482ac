"""How soon the first sound of a longer text comes, and how soon all of it when it was said before."""

import http.client
import time
from statistics import median

from bench.machine import table
from bench.speech.cores import seconds_of
from bench.speech.mill import Mill, mill, warm
from bench.speech.scale import Scale
from bench.speech.serving import spoken
from bench.speech.texts import page
from bench.stack import KEY

#: Of MP3 at 64 kbit/s: a quarter of a second, and more than any head.
_FIRST_BYTES = 2_000
_SENTENCES = 20
_RERUN = 120


def measure(scale: Scale) -> str:
    """Return the table."""
    with mill({"interactive": 1, "cpu": 1}) as ours:
        warm(ours, 1)
        streams = [streamed(ours, page(number * _SENTENCES, _SENTENCES)) for number in range(scale.pairs + 1)][1:]
        reruns = {
            form: [said_twice(ours, page(first + number * _RERUN, _RERUN), form) for number in range(scale.pairs)]
            for form, first in (("wav", 9_000), ("mp3", 12_000))
        }
    return table(
        "One after the other, nothing else to do",
        [
            ["", "s", "of", "s", "ratio", "target"],
            ["first sound of a streamed answer", *_row(streams, f"all {_SENTENCES} sentences"), "<= 0.15"],
            *(
                [
                    f"{form.upper()} of what was said before, a new job",
                    *_row(pairs, f"new, {_RERUN} sentences"),
                    "<= 0.1",
                ]
                for form, pairs in reruns.items()
            ),
        ],
    )


def streamed(ours: Mill, text: str) -> tuple[float, float]:
    """Return after how many seconds the first sound of an answer came, and all of it."""
    connection = http.client.HTTPConnection("127.0.0.1", ours.server.port, timeout=120)
    began = time.perf_counter()
    connection.request("POST", "/v1/audio/speech", spoken(text), {"X-API-Key": KEY, "Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == http.HTTPStatus.OK, response.read()
    got, first_s = 0, 0.0
    while piece := response.read1():
        got += len(piece)
        if not first_s and got >= _FIRST_BYTES:
            first_s = time.perf_counter() - began
    connection.close()
    assert got > _FIRST_BYTES * 10, got
    return first_s, time.perf_counter() - began


def said_twice(ours: Mill, text: str, form: str) -> tuple[float, float]:
    """Return how long the second run and the first run took, s."""
    first_s = seconds_of(ours, text, {"format": form})
    return seconds_of(ours, text, {"format": form}, force=True), first_s


def _row(pairs: list[tuple[float, float]], of: str) -> list[str]:
    part, whole = (median(pair[side] for pair in pairs) for side in (0, 1))
    return [f"{part:.2f}", of, f"{whole:.2f}", f"{median(a / b for a, b in pairs):.2f}"]
