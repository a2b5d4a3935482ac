"""Counts of more things than memory has room for."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Generic, Protocol, TypeVar


class Counted(Protocol):
    """What a tally keeps for a thing: at least how often it was met."""

    count: int


Record = TypeVar("Record", bound=Counted)


class Tally(Generic[Record]):
    """Records by key, of the frequent ones of any number of things.

    When there are more than `room`, the rare ones are forgotten: those met least often since they were last begun.
    This is lossy counting (Manku and Motwani, 2002) with its buckets ended by room instead of by length: after
    `forgotten` rounds a count is too low by at most `forgotten`, and nothing met more often than that is missing.
    What is worth a card in a text of that length is met far more often than it was forgotten.
    """

    def __init__(self, begin: Callable[[], Record], room: int) -> None:
        self.forgotten = 0
        self._begin = begin
        self._room = room
        self._records: MutableMapping[str, Record] = {}
        self._base: MutableMapping[str, int] = {}

    def __getitem__(self, key: str) -> Record:
        """Return the record of `key`, a new one at its first time."""
        record = self._records.get(key)
        if record is None:
            if len(self._records) >= self._room:
                self._forget()
            record = self._records[key] = self._begin()
            if self.forgotten:
                self._base[key] = self.forgotten
        return record

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._records)

    def found(self) -> Iterator[tuple[str, Record]]:
        """Yield keys and records, in the order in which they were first met."""
        yield from self._records.items()

    def get(self, key: str) -> Record | None:
        """Return the record of `key` without making one."""
        return self._records.get(key)

    def _forget(self) -> None:
        """Forget at least a tenth of all records, rounds at a time."""
        least = self._room - max(1, self._room // 10)
        while len(self._records) > least:
            self.forgotten += 1
            floor, base = self.forgotten, self._base
            self._records = {
                key: record for key, record in self._records.items() if record.count + base.get(key, 0) > floor
            }
            self._base = {key: at for key, at in base.items() if key in self._records}
