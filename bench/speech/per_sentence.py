"""What a sentence costs the process that says it, beside the bare engine in a loop: CPU time."""

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from statistics import median

from bench.machine import ratio, table
from bench.speech.engine import Engine, bare
from bench.speech.mill import Mill, mill, warm
from bench.speech.scale import Scale
from bench.speech.serving import spoken
from bench.speech.texts import sentences
from bench.wire import Clients

#: As many as wait at a slot anyway.
_CLIENTS = 4
_TARGET = "<= 1.25"

Say = Callable[[Sequence[str]], object]


def measure(scale: Scale) -> str:
    """Return the table."""
    numbers = count(0, scale.sentences)
    rows = []
    with mill({}) as ours, bare("hibari") as hibari, bare("espeak-ng") as espeak:
        warm(ours, 1)
        warm(ours, 1, {"voice": "espeak-en-us"})
        for name, engine, say, target in (
            ("hibari, a job for each sentence, WAV", hibari, singly(ours), _TARGET),
            (f"hibari, {scale.sentences} sentences a job, WAV", hibari, together(ours), _TARGET),
            (f"hibari, {scale.sentences} sentences a job, MP3", hibari, together(ours, format="mp3"), _TARGET),
            (f"espeak-ng, {scale.sentences} sentences a job, WAV", espeak, together(ours, voice="espeak-en-us"), ""),
        ):
            pairs = [pair(ours, engine, say, sentences(next(numbers), scale.sentences)) for _ in range(scale.pairs + 1)]
            rows.append([name, *_cells(pairs[1:], scale.sentences), target])
    return table(
        f"CPU per sentence that is new ({scale.pairs} interleaved batches of {scale.sentences})",
        [["", "mediamill's worker ms", "bare engine ms", "ratio", "target"], *rows],
    )


def pair(ours: Mill, engine: Engine, say: Say, texts: Sequence[str]) -> tuple[float, float]:
    """Return the CPU seconds of both for the same sentences."""
    before = ours.speakers_cpu_s()
    say(texts)
    return ours.speakers_cpu_s() - before, engine.cpu_s(texts)


def singly(ours: Mill) -> Say:
    """Return what has each sentence said by a job of its own."""

    def say(texts: Sequence[str]) -> None:
        left = iter(texts)

        def request() -> bytes:
            return ours.server.request("POST", "/v1/audio/speech", spoken(next(left), form="wav"))

        with closing(Clients(ours.server.port, _CLIENTS, request, (200, b"RIFF"))) as clients:
            clients.run(len(texts))

    return say


def together(ours: Mill, **params: object) -> Say:
    """Return what has all sentences said by one job."""
    return lambda texts: ours.say(" ".join(texts), {"format": "wav", **params})


def _cells(pairs: list[tuple[float, float]], sentences_: int) -> list[str]:
    ours, theirs = (median(pair[side] for pair in pairs) / sentences_ * 1000 for side in (0, 1))
    return [f"{ours:.1f}", f"{theirs:.1f}", f"{ratio(pairs):.2f}"]
