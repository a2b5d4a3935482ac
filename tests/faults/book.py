"""The client's log: every 202 it was given, and what it did to the job afterwards. In memory, and in a file."""

import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Literal

#: What may become of a job of each service that nobody cancelled.
ENDS: Final = {"refused": "FAILURE", "poison": "FAILURE"}

#: Whether the client asked for a cancel: not, with an unknown or refused outcome, or accepted.
Cancel = Literal["no", "maybe", "yes"]


@dataclass
class Accepted:
    """A job that a client was promised. at: Unix time of the 202, seconds. spooled: the spool said it."""

    id: str
    service: str
    owner: str
    at: float
    spooled: bool = False
    cancel: Cancel = "no"

    @property
    def ends(self) -> frozenset[str]:
        """The statuses it may end in."""
        own = ENDS.get(self.service, "SUCCESS")
        return {"no": frozenset({own}), "maybe": frozenset({own, "REVOKED"}), "yes": frozenset({"REVOKED"})}[
            self.cancel
        ]


class Book:
    """Every promise that was made to the clients of a row. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._accepted: dict[str, Accepted] = {}
        self._forgiven: set[str] = set()

    def accept(self, job_id: str, service: str, owner: str, at: float, *, spooled: bool = False) -> None:
        """Note a 202. Twins of one job are one promise."""
        with self._lock:
            self._accepted.setdefault(job_id, Accepted(job_id, service, owner, at, spooled))
        self._write(accepted=job_id, service=service, owner=owner, at=at)

    def cancel(self, job_id: str, cancel: Cancel) -> None:
        """Note what is known of a cancel; an accepted one stays accepted.

        What the spool took because an answer was lost may be in the store all the same: it may end before its cancel
        is handed on.
        """
        with self._lock:
            accepted = self._accepted[job_id]
            cancel = "maybe" if accepted.spooled else cancel
            accepted.cancel = "yes" if "yes" in {accepted.cancel, cancel} else cancel
        self._write(cancelled=job_id, answer=cancel)

    def forgive(self, job_id: str) -> None:
        """Allow that this promise is not kept: the row did what no server survives, and says so."""
        with self._lock:
            self._forgiven.add(job_id)
        self._write(forgiven=job_id)

    def forgiven(self) -> frozenset[str]:
        """Return the promises that need not be kept."""
        with self._lock:
            return frozenset(self._forgiven)

    def all(self) -> list[Accepted]:
        """Return every promise, in the order in which they were made."""
        with self._lock:
            return list(self._accepted.values())

    def ids(self) -> list[str]:
        """Return the ids of all promised jobs."""
        return [accepted.id for accepted in self.all()]

    def _write(self, **facts: object) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(facts) + "\n")
