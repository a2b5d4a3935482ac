"""How fast each format is written."""

import time
from pathlib import Path
from statistics import median

import numpy as np
from bench.machine import folder, table
from bench.speech.scale import Scale
from bench.speech.texts import sentence

from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, finished
from mediamill.media.voices.utterance import said


def measure(scale: Scale) -> str:
    """Return the table."""
    speech = _speech(scale.encoded_s)
    seconds = sum(wave.size for wave in speech) / RATE_HZ
    with folder() as path:
        runs = [{form: _encoded(speech, path / f"s.{form}", form) for form in Format} for _ in range(scale.pairs + 1)][
            1:
        ]
    rows = [
        [form, f"{seconds / median(run[form][0] for run in runs):,.0f}", f"{runs[0][form][1] * 8 / seconds / 1000:.0f}"]
        for form in Format
    ]
    return table(
        f"Encoding {seconds:.0f} s of speech, mono, 24 kHz (median of {scale.pairs})",
        [["format", "seconds of sound per CPU second", "kbit/s"], *rows],
    )


def _speech(seconds: int) -> list[Pcm]:
    """Return sentences of at least so many seconds."""
    voice = voice_named("heart")
    engine = engine_named(voice.engine)
    waves: list[Pcm] = []
    while sum(wave.size for wave in waves) < seconds * RATE_HZ:
        spoken = engine.speak(said(sentence(len(waves))), voice, 1.0)
        waves += [finished(spoken, voice.rate_hz, voice.gain_db), np.zeros(RATE_HZ // 3, np.int16)]
    return waves


def _encoded(speech: list[Pcm], path: Path, form: Format) -> tuple[float, int]:
    """Return the CPU seconds, of all threads, and the size of the file in bytes."""
    began = time.process_time()
    with sound_file(path, form) as file:
        for wave in speech:
            file.write(wave)
    return time.process_time() - began, path.stat().st_size
