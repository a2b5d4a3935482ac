"""A document read twice: once to count, once for the sentences of what was chosen."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mediamill import Context
from mediamill.media.documents import Passage
from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.sentences import Line, lines

Passages = Callable[[], Iterable[Passage]]
Tell = Callable[[float], None]

#: Sentences of so many characters are kept for the second reading, about 10 MB. A longer document is read again.
_KEPT_CHARS: Final = 4_000_000
#: Passages between two questions whether to go on.
_PASSAGES: Final = 50
#: How much of the time the first reading takes, and both together.
_FIRST: Final = 0.7
BOTH: Final = 0.95


class Reading:
    """The lines of a document.

    chars: how long it is, to tell how far the reading is; 0 where nobody knows. tell: told fractions.
    """

    def __init__(self, passages: Passages, language: Language, ctx: Context, tell: Tell, chars: int) -> None:
        self._passages = passages
        self._language = language
        self._ctx = ctx
        self._tell = tell
        self._chars = chars
        self._kept: list[Line] | None = []

    def first(self, count: Count) -> Iterator[Line]:
        """Yield the lines, in order. count: of those that are dropped too."""
        room = _KEPT_CHARS
        for line in lines(self._watched(0.0, _FIRST), self._language, count):
            room -= len(line.text)
            if room < 0:
                self._kept = None
            if self._kept is not None:
                self._kept.append(line)
            yield line

    def again(self) -> Iterator[Line]:
        """Yield them once more, after the first time."""
        if self._kept is None:
            return lines(self._watched(_FIRST, BOTH), self._language, Count())
        return iter(self._kept)

    def _watched(self, begin: float, end: float) -> Iterator[Passage]:
        """Yield the passages, telling how far they are, and ending where the job does."""
        read = 0
        for place, passage in enumerate(self._passages()):
            if place % _PASSAGES == 0:
                self._ctx.check()
                if self._chars:
                    self._tell(begin + (end - begin) * min(1.0, read / self._chars))
            read += len(passage.text)
            yield passage
        self._tell(end)
