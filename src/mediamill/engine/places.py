"""Where an attempt writes: a folder of its own, and one that outlives it."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from mediamill.core.errors import Later, Unavailable
from mediamill.core.job import Job
from mediamill.engine.roster import Roster
from mediamill.files.lasting import Lasting, Note
from mediamill.files.room import Room
from mediamill.files.scratch import Scratch

#: A job that this machine cannot run now (its service is off here, its disk is full) waits this long, uncharged.
ELSEWHERE_S: Final = 30.0
#: Who has just given the job back signs out a moment later.
_MOMENT_S: Final = 0.5
_LOOK_S: Final = 0.02
#: The keeper ends an attempt that should end within a third of it.
LET_GO_S: Final = 30.0


class Places:
    """The folders of one attempt, each made when it is first asked for.

    room: on their disk; None: nobody looks.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the rooms it works on
        self, job: Job, token: str, scratch: Scratch, lasting: Lasting, roster: Roster, room: Room | None
    ) -> None:
        self._job = job
        self._token = token
        self._all_scratch = scratch
        self._all_lasting = lasting
        self._roster = roster
        self._room = room
        self._scratch: Path | None = None
        self._lasting: Path | None = None

    @property
    def scratch(self) -> Path:
        """The attempt's own folder. Raises Later, uncharged, where this machine has no room for it."""
        if self._scratch is None:
            self._expect_room()
            try:
                self._scratch = self._all_scratch.make(self._job.id, self._token)
            except Unavailable as error:
                raise _not_here(error.message) from error
        return self._scratch

    @property
    def lasting(self) -> Path:
        """The job's folder on this machine. Raises Later as `scratch`, and while another attempt may write to it."""
        if self._lasting is None:
            self._expect_room()
            if not self._let_go():
                raise Later(LET_GO_S, "waiting: an earlier attempt has not let go of its files")
            try:
                self._lasting = self._all_lasting.make(Note.of(self._job, self._token))
            except Unavailable as error:
                raise _not_here(error.message) from error
        return self._lasting

    def hold(self, path: Path) -> bool:
        """Whether a path lies in a folder of this attempt, links followed."""
        real, made = path.resolve(), (self._scratch, self._lasting)
        return any(real.is_relative_to(place.resolve()) for place in made if place is not None)

    def discard(self) -> None:
        """Remove what is in scratch: its room is needed."""
        with suppress(Unavailable):
            self._all_scratch.remove(self._job.id, self._token)

    def _expect_room(self) -> None:
        if self._room is not None and (shortage := self._room.shortage()):
            raise _not_here(shortage)

    def _let_go(self) -> bool:
        """Whether nobody else has the folder, now or in a moment."""
        until = time.monotonic() + _MOMENT_S
        while self._held_by_another():
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_S)
        return True

    def _held_by_another(self) -> bool:
        """Whether an attempt of the job whose lease is over still runs in a process of this machine."""
        others = (each for each in self._roster.entries() if each.job_id == self._job.id and each.token != self._token)
        return any(other.alive() for other in others)


def _not_here(why: str) -> Later:
    return Later(ELSEWHERE_S, f"waiting: {why}")
