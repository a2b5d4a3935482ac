"""Counts of more things than memory has room for."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Generic, Protocol, TypeVar


class Counted(Protocol):
    """What a tally keeps for a thing: at least how often it was met."""

    count: int


Record = TypeVar("Record", bound=Counted)


class Tally(dict[str, Record], Generic[Record]):
    """Records by key, of the frequent ones of any number of things.

    When there are more than `room`, the rare ones are forgotten: those met least often since they were last begun.
    This is lossy counting (Manku and Motwani, 2002) with its buckets ended by room instead of by length: after
    `forgotten` rounds a count is too low by at most `forgotten`, and nothing met more often than that is missing.
    What is worth a card in a text of that length is met far more often than it was forgotten.
    """

    def __init__(self, begin: Callable[[], Record], room: int) -> None:
        super().__init__()
        self.forgotten = 0
        self._begin = begin
        self._room = room
        self._base: MutableMapping[str, int] = {}

    def __missing__(self, key: str) -> Record:
        """Begin a record at the first time of its key."""
        if len(self) >= self._room:
            self._forget()
        record = self[key] = self._begin()
        if self.forgotten:
            self._base[key] = self.forgotten
        return record

    def found(self) -> Iterator[tuple[str, Record]]:
        """Yield keys and records, in the order in which they were first met."""
        yield from self.items()

    def _forget(self) -> None:
        """Forget at least a tenth of all records, rounds at a time."""
        least = self._room - max(1, self._room // 10)
        while len(self) > least:
            self.forgotten += 1
            floor, base = self.forgotten, self._base
            for key in [key for key, record in self.items() if record.count + base.get(key, 0) <= floor]:
                del self[key]
                base.pop(key, None)
