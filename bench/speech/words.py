"""How many words Whisper hears wrong of what hibari says: by our reading of the text, and by hibari alone."""

import json
import os
import subprocess
import sys
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.machine import ROOT, folder, table
from bench.speech.judged import FIGURES, PLAIN
from bench.speech.peers import PEERS
from bench.speech.scale import Scale
from hibari import SAMPLE_RATE, Hibari  # type: ignore[import-untyped]

from mediamill.services.speech import run
from mediamill.services.speech.params import Params
from mediamill.testing import FakeContext

Speaker = Callable[[str, Path], Path]


@dataclass(frozen=True)
class Verdict:
    """What was heard of one sentence."""

    words: int
    errors: int
    heard: str


def measure(scale: Scale) -> str:
    """Return the table. Sentences that were not understood go to standard error."""
    groups = {"plain": PLAIN[: scale.judged], "with dates, money, units, names": FIGURES[: scale.judged]}
    rows = []
    totals: dict[str, list[Verdict]] = {"mediamill": [], "hibari": []}
    for name, sentences in groups.items():
        verdicts = {speaker: judged(sentences, speak) for speaker, speak in SPEAKERS.items()}
        for speaker, each in verdicts.items():
            totals[speaker] += each
            _tell_wrong(speaker, sentences, each)
        rows.append([f"{len(sentences)} sentences, {name}", *_cells(verdicts), ""])
    rows.append(["all", *_cells(totals), "<= 2 %"])
    return table(
        "Words that Whisper tiny.en hears otherwise than a person would read them out",
        [["", "words", "hibari read to by mediamill", "hibari alone", "target"], *rows],
    )


def judged(sentences: Sequence[tuple[str, str]], speak: Speaker) -> list[Verdict]:
    """Have sentences said and heard."""
    with folder() as path:
        asked = [
            (str(speak(written, path / str(number))), spoken or written)
            for number, (written, spoken) in enumerate(sentences)
        ]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            (str(PEERS), "-m", "bench.speech.judge"),
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
            env=environ,
        )
    return [Verdict(*each) for each in json.loads(done.stdout)]


def by_mediamill(text: str, path: Path) -> Path:
    """Say a text as a job would."""
    path.mkdir(parents=True)
    return run(Params(text=text, format="wav", language="en"), FakeContext(path)).files["speech.wav"]


def by_hibari(text: str, path: Path) -> Path:
    """Say a text as its README shows."""
    path.mkdir(parents=True)
    sound = (np.clip(_MODEL(text, seed=0), -1, 1) * 32767).astype("<i2")
    with wave.open(str(path / "speech.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(sound.tobytes())
    return path / "speech.wav"


_MODEL = Hibari()
SPEAKERS: dict[str, Speaker] = {"mediamill": by_mediamill, "hibari": by_hibari}


def _cells(verdicts: dict[str, list[Verdict]]) -> list[str]:
    words = sum(each.words for each in verdicts["mediamill"])
    return [str(words), *(f"{sum(each.errors for each in verdicts[name]) / words:.1%}" for name in SPEAKERS)]


def _tell_wrong(speaker: str, sentences: Sequence[tuple[str, str]], verdicts: Sequence[Verdict]) -> None:
    for (written, _), verdict in zip(sentences, verdicts, strict=True):
        if verdict.errors:
            print(f"bench.speech: {speaker}: {written!r} was heard as {verdict.heard!r}", file=sys.stderr)
