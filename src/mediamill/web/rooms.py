"""What the routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from mediamill.engine.clearance import Clearance
from mediamill.engine.desk import Desk
from mediamill.engine.library import Library
from mediamill.engine.purge import Purger
from mediamill.engine.registry import Registry
from mediamill.engine.replay import Replayer
from mediamill.engine.revise import Reviser
from mediamill.engine.shelf import Shelf
from mediamill.engine.stash import Stash
from mediamill.engine.submit import Submitter
from mediamill.files.artifacts import Artifacts
from mediamill.files.room import Room
from mediamill.files.uploads import Uploads
from mediamill.settings import ApiSettings
from mediamill.store.dead import DeadLetters
from mediamill.store.fleet import Fleet
from mediamill.store.identities import Identities
from mediamill.store.jobs import Jobs
from mediamill.store.live import Live
from mediamill.store.polls import Polls
from mediamill.store.probe import Probe
from mediamill.store.queues import Queues


@dataclass(frozen=True)
class Patience:
    """How long clients are borne with, and taken at a word, seconds.

    ping_s: between comments that keep a quiet stream of events alive.
    send_s: for one piece of a stream to be taken; then the client is dropped.
    wait_s: the longest `Prefer: wait`.
    recent_s: for which an answer is given again before the store and the files are asked anew.
    """

    ping_s: float = 15.0
    send_s: float = 20.0
    wait_s: float = 60.0
    recent_s: float = 1.0


@dataclass(frozen=True)
class Rooms:
    """Everything behind the routes, opened by `wiring`. A service's own routes get it too.

    shelf: the cache of finished steps. library: the files that outlive their jobs.
    disk: whether jobs that write may begin here; None: nobody looks.
    stash: what is accepted while the store is away; replayer: hands it on, in a thread while the application runs.
    """

    settings: ApiSettings
    registry: Registry
    submitter: Submitter
    purger: Purger
    reviser: Reviser
    jobs: Jobs
    desk: Desk
    dead: DeadLetters
    clearance: Clearance
    queues: Queues
    polls: Polls
    identities: Identities
    fleet: Fleet
    probe: Probe
    live: Live
    artifacts: Artifacts
    uploads: Uploads
    shelf: Shelf
    library: Library
    patience: Patience = Patience()
    disk: Room | None = None
    stash: Stash | None = None
    replayer: Replayer | None = None


async def _rooms(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


#: A route's parameter that holds the rooms.
RoomsOf = Annotated[Rooms, Depends(_rooms)]
