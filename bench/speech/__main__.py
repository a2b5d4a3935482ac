"""Speech beside bare engines, an endpoint written by hand and Piper's server. `python -m bench.speech --help`."""

import sys

from bench.suite import Suite

SUITE = Suite(
    package="bench.speech",
    about=__doc__,
    # The last one needs no quiet machine.
    names=("serving", "per_sentence", "piper", "cores", "soon", "memory", "encoders", "words"),
    with_peers=frozenset({"piper", "words"}),
    peers=("piper-tts", "onnxruntime", "flask", "faster-whisper", "jiwer"),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
