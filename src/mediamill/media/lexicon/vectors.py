"""Vectors of texts: near each other where the texts mean nearly the same."""

import functools
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS: Final = 256
#: Texts longer than this are judged by their beginning.
_LONGEST_TOKENS: Final = 256


def vectors(texts: Sequence[str]) -> "NDArray[np.float32]":
    """Return one vector for each text, shape (len(texts), 256), each of length 1; of an empty text, of length 0.

    The dot product of two is their similarity: about 0 for nothing in common, 1 for the same. 0.02 CPU seconds for
    1,000 short texts, 0.2 at the first call.
    """
    import numpy as np  # noqa: PLC0415 - only where there are texts

    ids_of, rows = _model()
    told = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for vector, ids in zip(told, ids_of(texts), strict=True):
        if ids:
            vector[:] = rows[ids].mean(axis=0, dtype=np.float32)
    told /= np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9)
    return told


def forget() -> None:
    """Let go of the model, 30 MB, for what takes more; the next call loads it again."""
    _model.cache_clear()


@functools.cache
def _model() -> tuple[Callable[[Sequence[str]], list[list[int]]], "NDArray[np.float16]"]:
    """Return what divides texts into tokens, and a row for each token.

    The model is wordllama's (MIT): a mean of its tokens' rows. Its own loader asks the network for what the wheel has.
    """
    # Threads of its own would take other jobs' cores, and stand still in a process that forks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer  # noqa: PLC0415

    from mediamill.media import tables  # noqa: PLC0415 - numpy, see `vectors`

    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("wordllama is not installed", name="wordllama")
    folder = Path(spec.origin).parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.enable_truncation(_LONGEST_TOKENS)
    tokenizer.no_padding()

    def ids_of(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    # Mapped: all processes of a machine read the same 16 MB.
    rows = tables.mapped(folder / "weights" / "l2_supercat_256.safetensors").by_name["embedding.weight"]
    if rows.dtype != "<f2":
        raise ValueError(f"wordllama's numbers are {rows.dtype}, not of 16 bits")
    return ids_of, rows
