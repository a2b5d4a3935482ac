"""The bare engine, called in a loop: `python -m bench.speech.engine hibari|espeak-ng`, spoken to by `bare`."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.machine import ROOT, python


class Engine:
    """A process that says sentences."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child

    def cpu_s(self, texts: Sequence[str]) -> float:
        """Say the texts one after the other; return the CPU seconds that this took, of all its threads."""
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps(list(texts)) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        assert line, "the bare engine died"
        return float(line)


@contextmanager
def bare(engine: str) -> Iterator[Engine]:
    """Start an engine, loaded and warm."""
    child = subprocess.Popen(
        python("bench.speech.engine", engine), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        ours = Engine(child)
        ours.cpu_s(["Warm up.", "Once more, to be sure of it."])
        yield ours
    finally:
        assert child.stdin
        assert child.stdout
        child.stdin.close()
        child.wait(15)
        child.stdout.close()


def _hibari() -> Callable[[str], object]:
    from hibari import Hibari  # type: ignore[import-untyped]  # noqa: PLC0415 - the other engine needs no model

    model = Hibari()
    return lambda text: model(text, seed=0)


def _espeak() -> Callable[[str], object]:
    """espeak-ng has no Python library of its own; ours is one call through ctypes."""
    from mediamill.media.voices.catalog import voice_named  # noqa: PLC0415 - as above
    from mediamill.media.voices.engines.espeak import Espeak  # noqa: PLC0415 - as above
    from mediamill.media.voices.utterance import said  # noqa: PLC0415 - as above

    engine, voice = Espeak(), voice_named("espeak-en-us")
    return lambda text: engine.speak(said(text), voice, 1.0)


_ENGINES = {"hibari": _hibari, "espeak-ng": _espeak}


def _serve(say: Callable[[str], object]) -> None:
    for line in sys.stdin:
        texts = json.loads(line)
        began = time.process_time()
        for text in texts:
            say(text)
        print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    _serve(_ENGINES[sys.argv[1]]())
