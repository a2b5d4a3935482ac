"""What is left in the lasting folders of jobs that have ended: removed, or taken from them and handed in anew.

Two rounds of the keeper, each in a thread of its own: `settle` decides, within seconds of a cancel; `hand_in` may take
as long as an upload does. Between the two lies one rename, so whatever dies in between, nothing is decided twice.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Final, Protocol

import structlog

from mediamill.core.errors import InvalidInput, MediamillError, RetryableError, Unavailable
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.roster import Roster
from mediamill.files.artifacts import Artifacts
from mediamill.files.lasting import Lasting, Note, Taken
from mediamill.store.fleet import Fleet
from mediamill.store.jobs import Jobs, Standing

SETTLE_EVERY_S: Final = 5.0
#: A record that is missing for this long is not coming back with a restore or another server, nor a machine that says
#: nothing.
GONE_S: Final = 600.0
#: What could not be handed in is tried again after so long, then after twice as long, ...
AGAIN_S: Final = 60.0
AGAIN_LONGEST_S: Final = 3600.0

_log = structlog.get_logger("mediamill.rescue")


class Fate(Enum):
    """What becomes of a folder."""

    STAY = auto()
    GO = auto()
    BE_TAKEN = auto()


class HandsIn(Protocol):
    """Hands in one file of a folder that was taken."""

    def __call__(self, taken: Taken, name: str) -> str | None:
        """Return the id of the job that has the file now; None: its service wants none, and the file is gone.

        Repeatable. Raises an Exception where it cannot be told, or not now; then the file is still there.
        """
        ...


class Rescuer:
    """Looks after the lasting folders of one machine.

    hands: opens what hands files in, for one round. keep_s: for so long after it was last written to a file is kept
    that cannot be handed in. now: the machine's monotonic clock; wall: the time of day; both in seconds.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the rooms it works on
        self,
        lasting: Lasting,
        jobs: Jobs,
        artifacts: Artifacts,
        roster: Roster,
        fleet: Fleet,
        hands: Callable[[], AbstractContextManager[HandsIn]],
        *,
        keep_s: float,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._lasting = lasting
        self._jobs = jobs
        self._artifacts = artifacts
        self._roster = roster
        self._fleet = fleet
        self._hands = hands
        self._keep_s = keep_s
        self._now = now
        self._wall = wall
        self._missing_since: dict[str, float] = {}
        self._silent_since: dict[str, float] = {}
        self._tries: dict[str, tuple[int, float]] = {}

    # ---- what becomes of them

    def settle(self) -> None:
        """Decide about every folder of this machine, by one word with the store. Raises Unavailable."""
        self._lasting.sweep()
        self._adopt()
        # The notes first: of an attempt that asks for its folder from now on the note has another token.
        notes = self._lasting.jobs()
        if not notes:
            self._missing_since.clear()
            return
        standings = self._jobs.standing(list(notes))
        here = {entry.job_id for entry in self._roster.entries()}
        self._missing_since = {
            job_id: self._missing_since.get(job_id, self._now())
            for job_id, standing in standings.items()
            if standing.state is None
        }
        for job_id in standings.keys() - here:
            self._decided(job_id, notes[job_id], standings[job_id])

    def _decided(self, job_id: str, note: Note | None, standing: Standing) -> None:
        fate, token = self._fate(job_id, note, standing), note.token if note else None
        if fate is Fate.GO and self._lasting.remove(job_id, token):
            _log.info("lasting.removed", job_id=job_id, state=standing.state)
        elif fate is Fate.BE_TAKEN and self._lasting.take(job_id, token):
            _log.info("lasting.taken", job_id=job_id, state=standing.state)

    def _fate(self, job_id: str, note: Note | None, standing: Standing) -> Fate:
        state = standing.state
        if state is None:
            if self._now() - self._missing_since[job_id] < GONE_S:
                return Fate.STAY
            told = ended.find(self._artifacts, job_id)
            state = told.state if told is not None else State.FAILURE
        if not state.final:
            return Fate.STAY
        finished_here = state is State.SUCCESS and note is not None and note.token == standing.token
        if state is State.REVOKED or finished_here or (note is not None and note.rescued):
            return Fate.GO
        return Fate.BE_TAKEN

    def _adopt(self) -> None:
        """Take over what lies below the same root of machines that are gone: a container has a new name each time."""
        others = self._lasting.others()
        known = {told["machine"] for told in self._fleet.machines()} if others else set()
        now = self._now()
        self._silent_since = {each: self._silent_since.get(each, now) for each in others if each not in known}
        for machine, since in self._silent_since.items():
            if now - since >= GONE_S and (count := self._lasting.adopt(machine)):
                _log.warning("lasting.adopted", machine=machine, count=count)

    # ---- handing in

    def hand_in(self) -> None:
        """Hand in what was taken, one job for each file. What cannot be handed in stays, and is tried again."""
        waiting = list(self._due())
        if not waiting:
            return
        with self._hands() as hands:
            for taken in waiting:
                self._handed_in(taken, hands)

    def _due(self) -> Iterator[Taken]:
        """Yield what is to be tried now; drop what holds nothing."""
        found = self._lasting.taken()
        self._tries = {taken.name: self._tries[taken.name] for taken in found if taken.name in self._tries}
        for taken in found:
            if self._tries.get(taken.name, (0, 0.0))[1] > self._now():
                continue
            if taken.names():
                yield taken
            else:
                self._lasting.drop(taken)

    def _handed_in(self, taken: Taken, hands: HandsIn) -> None:
        job_id = taken.note.job_id if taken.note else taken.name.partition(".")[0]
        try:
            for name in taken.names():
                successor = hands(taken, name)
                _log.info("lasting.handed_in", job_id=job_id, successor=successor)
            self._lasting.drop(taken)
        except Exception as error:  # noqa: BLE001 - a service's own code says how it is handed in
            self._keep(taken, job_id, error)

    def _keep(self, taken: Taken, job_id: str, error: Exception) -> None:
        """Keep what cannot be handed in, but not for ever."""
        service = taken.note.service if taken.note else None
        facts = {"job_id": job_id, "service": service, **_reason(error)}
        until = taken.changed_s() + self._keep_s
        if self._wall() > until and not isinstance(error, Unavailable | RetryableError):
            _log.error("lasting.given_up", files=len(taken.names()), **facts)
            self._lasting.drop(taken)
            return
        tries = self._tries.get(taken.name, (0, 0.0))[0]
        again_in_s = min(AGAIN_S * 2.0**tries, AGAIN_LONGEST_S)
        self._tries[taken.name] = tries + 1, self._now() + again_in_s
        _log.warning("lasting.kept", folder=taken.name, again_in_s=again_in_s, kept_until_s=round(until), **facts)


def _reason(error: Exception) -> dict[str, str]:
    """Return what a log may say of it: what a service says of a request may repeat what is in that."""
    if isinstance(error, InvalidInput):
        return {"code": error.code, "why": "the service refuses its request"}
    if isinstance(error, MediamillError):
        return {"code": error.code, "why": error.message}
    return {"code": "UNEXPECTED", "why": type(error).__name__}
