"""A sentence that is too long to be said at once: cut into parts, and the sound of them put together."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.sounds.sound import trimmed

#: Signs one by one: a string, or a list of those that have several characters.
Signs = TypeVar("Signs", str, list[str])

_CLAUSE_MARKS: Final = frozenset(",;:.!?—…")
_PAUSE_S: Final = 0.1


def cut(phonemes: Signs, longest: int) -> Iterator[Signs]:
    """Yield parts of `longest` signs at most, cut after a clause, else after a word, else anywhere."""
    rest = phonemes
    while len(rest) > longest:
        end = _end(rest[:longest])
        yield rest[:end]
        rest = rest[end:]
    if any(not sign.isspace() for sign in rest):
        yield rest


def joined(waves: Sequence[NDArray[np.int16]], rate_hz: int) -> NDArray[np.int16]:
    """Return the sound of all parts, int16, shape (frames,), without the paddings that each has for a sentence."""
    if len(waves) == 1:
        return waves[0]
    pause = np.zeros(round(_PAUSE_S * rate_hz), np.int16)
    pieces = [piece for wave in waves for piece in (trimmed(wave, rate_hz), pause)]
    return np.concatenate([pause[:0], *pieces])


def _end(head: Sequence[str]) -> int:
    blanks = [place for place in range(len(head) - 1, 0, -1) if head[place] == " "]
    clause = next((place for place in blanks if head[place - 1] in _CLAUSE_MARKS), None)
    return (clause or next(iter(blanks), len(head) - 1)) + 1
