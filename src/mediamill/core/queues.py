"""The five lines in which jobs wait, one per scarce resource."""

from enum import StrEnum


class Queue(StrEnum):
    """Where a job waits. Each queue has its own worker process and its own slots."""

    INTERACTIVE = "interactive"
    CPU = "cpu"
    DEFAULT = "default"
    DOWNLOADS = "downloads"
    RECORDING = "recording"

    @property
    def forks(self) -> bool:
        """Whether attempts run in forked processes (CPU work) or in threads (work that only waits)."""
        return self in {Queue.INTERACTIVE, Queue.CPU}

    @property
    def writes(self) -> bool:
        """Whether attempts write files as a rule: then they wait in line while the disk has no room."""
        return self is not Queue.DEFAULT
