"""Builds the rooms from the settings: the only file that knows them all."""

import gc
import os
import signal
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import TYPE_CHECKING

from mediamill import logs
from mediamill import settings as environment
from mediamill.core.queues import Queue
from mediamill.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from mediamill.engine.backup import Sources
    from mediamill.engine.hand_in import HandIn
    from mediamill.engine.librarian import Librarian
    from mediamill.engine.library import Library
    from mediamill.engine.purge import Purger
    from mediamill.engine.rebuild import Rebuilder
    from mediamill.engine.registry import Registry
    from mediamill.engine.runner import Runner
    from mediamill.engine.shelf import Shelf
    from mediamill.engine.stash import Stash
    from mediamill.engine.submit import Submitter
    from mediamill.engine.vault import Vault
    from mediamill.files.artifacts import Artifacts
    from mediamill.files.lasting import Lasting
    from mediamill.files.library import LibraryFolder
    from mediamill.files.room import Room
    from mediamill.files.uploads import Uploads
    from mediamill.store.jobs import Jobs
    from mediamill.store.scripts import Scripts

# Imports stand inside the functions where a process of one kind need not load the rooms of another:
# a keeper knows no Celery and no FastAPI, and an idle machine holds one of each kind.


@dataclass(frozen=True)
class House:
    """The rooms that every kind of process needs, opened in this process."""

    settings: Settings
    scripts: "Scripts"
    jobs: "Jobs"
    artifacts: "Artifacts"
    uploads: "Uploads"
    shelf: "Shelf"
    library: "Library"
    vault: "Vault"
    submitter: "Submitter"
    purger: "Purger"
    stash: "Stash | None"


def open_house(settings: Settings, *, serving: bool = False) -> House:
    """Open store and files. Never before a fork: obstore's threads do not survive one.

    serving: for clients, who are not to wait: while the store is away commands are refused at once, and what is
    submitted goes into the stash.
    """
    from mediamill.broker.tickets import template
    from mediamill.engine.library import Library
    from mediamill.engine.purge import Purger
    from mediamill.engine.shelf import Shelf
    from mediamill.engine.submit import Submitter
    from mediamill.engine.vault import Vault
    from mediamill.files.artifacts import Artifacts
    from mediamill.files.lasting import Lasting
    from mediamill.files.room import cache_bytes
    from mediamill.files.store import FileStore, S3Options
    from mediamill.files.uploads import Uploads
    from mediamill.store.cache import CacheIndex
    from mediamill.store.jobs import Jobs
    from mediamill.store.keys import Keys
    from mediamill.store.library import LibraryIndex
    from mediamill.store.pool import connect
    from mediamill.store.scripts import Scripts

    scripts = Scripts(connect(settings.redis, breaking=serving), Keys(settings.redis.prefix), template())
    places = settings.files
    store = FileStore.open(
        places.location or places.root / "files",
        s3=S3Options(
            endpoint_url=places.s3_endpoint_url,
            region=places.s3_region,
            access_key_id=places.s3_access_key_id,
            secret_access_key=places.s3_secret_access_key,
        ),
        near=places.root,
    )
    jobs, artifacts, uploads = Jobs(scripts), Artifacts(store), Uploads(store, places.root)
    vault = Vault(settings.secrets)
    library = Library(library_folder(settings), LibraryIndex(scripts), store, settings.worker.machine)
    stash = _open_stash(settings, vault) if serving and settings.spool.enabled else None
    return House(
        settings=settings,
        scripts=scripts,
        jobs=jobs,
        artifacts=artifacts,
        uploads=uploads,
        shelf=Shelf(CacheIndex(scripts), store, places.cache_bytes or cache_bytes(places.root)),
        library=library,
        vault=vault,
        submitter=Submitter(jobs, artifacts, uploads, vault, settings.keep, stash=stash),
        purger=Purger(jobs, artifacts, uploads, lasting=Lasting(places.root, settings.worker.machine)),
        stash=stash,
    )


def library_folder(settings: Settings) -> "LibraryFolder":
    """Return the folder of recordings of this machine."""
    from mediamill.files.library import LibraryFolder
    from mediamill.files.place import Place

    folder = settings.library.folder
    return LibraryFolder(folder, Place(folder, settings.files.root / "recordings.apart"))


def _open_stash(settings: Settings, vault: "Vault") -> "Stash":
    from mediamill.engine.stash import Stash
    from mediamill.store.spool import Spool

    return Stash(Spool(settings.spool), vault)


def make_rebuilder(settings: Settings) -> "Rebuilder":
    """Return what brings finished jobs back from their files."""
    from mediamill.engine.rebuild import Rebuilder
    from mediamill.store.adoptions import Adoptions

    house = open_house(settings)
    return Rebuilder(house.jobs, house.artifacts, Adoptions(house.scripts), settings.keep)


def backup_sources(settings: Settings, *, cache: bool) -> "Sources":
    """Return what a backup of this machine copies, the store being at hand. cache: finished steps too."""
    from functools import partial

    from mediamill.engine.backup import Sources
    from mediamill.store import snapshot
    from mediamill.store.spool import Spool

    house = open_house(settings)
    spool = Spool(settings.spool)
    in_use = {
        settings.secret_key_file: settings.secrets.keys,
        settings.api_key_file: tuple(each.key for each in settings.api.keys),
    }
    return Sources(
        prefix=settings.redis.prefix,
        spool=spool.copy if spool.exists else None,
        snapshot=partial(snapshot.take, house.scripts.client) if settings.redis.private else None,
        files=None if settings.files.location else house.artifacts.store,
        keys={path.name: path for path, keys in in_use.items() if path.is_file() and path.read_text().strip() in keys},
        cache=cache,
    )


def make_runner(settings: Settings, queue: Queue, worker_pid: int, registry: "Registry | None" = None) -> "Runner":
    """Return what runs attempts in this process: of the services found here, or of `registry`."""
    from mediamill.engine.context import Tools
    from mediamill.engine.pollers import Pollers
    from mediamill.engine.polling import with_polls
    from mediamill.engine.registry import discover
    from mediamill.engine.roster import Roster
    from mediamill.engine.runner import Runner
    from mediamill.engine.steps import SharedSteps
    from mediamill.files.lasting import Lasting
    from mediamill.files.scratch import Scratch
    from mediamill.store.attempts import Attempts
    from mediamill.store.polls import Polls
    from mediamill.store.queues import Queues
    from mediamill.store.steps import Steps
    from mediamill.store.turns import Turns

    _tell_media(settings)
    house = open_house(settings)
    polls, queues = Polls(house.scripts), Queues(house.scripts)
    tools = Tools(
        library=house.library,
        jobs=house.jobs,
        attempts=Attempts(house.scripts),
        artifacts=house.artifacts,
        uploads=house.uploads,
        lasting=Lasting(settings.files.root, settings.worker.machine),
        steps=SharedSteps(house.shelf, Steps(house.scripts)),
        turns=Turns(house.scripts),
        polls=polls,
        pollers=Pollers(house.jobs, polls),
        submitter=house.submitter,
        roster=Roster(settings.worker.runtime),
        vault=house.vault,
        limits=settings.limits,
        room=_room(settings),
    )
    return Runner(
        tools,
        with_polls(
            registry or discover(),
            polls,
            house.vault,
            lambda: tools.roster.drains(worker_pid),
            # Of several slots a poll leaves the others.
            lambda: settings.worker.slots.get(queue) == 1 and queues.has_waiting(queue),
        ),
        house.vault,
        Scratch(settings.files.root, settings.worker.machine),
        queue=queue,
        machine=settings.worker.machine,
        worker_pid=worker_pid,
        memory_bytes=settings.limits.worker_memory,
    )


def make_hand_in(settings: Settings) -> "tuple[Lasting, HandIn]":
    """Return the lasting folders of this machine, and what hands in a file of one: for a process that runs services."""
    from mediamill.engine.hand_in import HandIn
    from mediamill.engine.registry import discover
    from mediamill.files.lasting import Lasting

    _tell_media(settings)
    house = open_house(settings)
    lasting = Lasting(settings.files.root, settings.worker.machine)
    return lasting, HandIn(discover(), house.submitter, house.uploads, house.vault)


def _tell_media(settings: Settings) -> None:
    """Tell what services use where it finds what was set up here; it looks when it is asked."""
    from mediamill.media import adapters, cookies, egress, installed, live, remote
    from mediamill.media.lexicon import dictionary
    from mediamill.media.voices import catalog

    catalog.use(settings.voices)
    remote.use(settings.remote)
    adapters.use(settings.adapters)
    egress.use(settings.egress)
    cookies.use(settings.secrets.folder)
    live.use(settings.live)
    dictionary.use(settings.lexicon)
    installed.use(settings.lexicon.folder)


def _room(settings: Settings) -> "Room":
    from mediamill.files.room import Room

    return Room(settings.files.root, settings.room.min_free, settings.room.log_folder)


def run_queue_worker(settings: Settings, queue: Queue) -> None:
    """Serve one queue of this machine until SIGTERM."""
    from mediamill.broker.worker import run_worker

    logs.configure(settings.log_level)
    pid = os.getpid()
    run_worker(
        queue,
        settings.redis,
        settings.worker,
        lambda: make_runner(settings, queue, pid),
        memory_bytes=settings.limits.worker_memory,
    )


def make_librarian(house: House) -> "Librarian":
    """Return what tends the folder of recordings of this machine."""
    from mediamill.engine.librarian import Librarian

    return Librarian(house.library, house.settings.library, house.settings.worker.machine, house.purger.fade)


def run_keeper(settings: Settings) -> None:
    """Keep the attempts of this machine, and sweep when elected, until SIGTERM."""
    from mediamill.engine.cleaner import Cleaner
    from mediamill.engine.hands import Hands
    from mediamill.engine.keeper import Keeper
    from mediamill.engine.pollers import Pollers
    from mediamill.engine.rescue import Rescuer
    from mediamill.engine.roster import Roster
    from mediamill.engine.sweep import Sweeper
    from mediamill.files.ballast import Ballast
    from mediamill.files.lasting import Lasting
    from mediamill.files.scratch import Scratch
    from mediamill.store.attempts import Attempts
    from mediamill.store.fleet import Fleet
    from mediamill.store.polls import Polls
    from mediamill.store.sweeps import Sweeps

    logs.configure(settings.log_level)
    house = open_house(settings)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # What goes from a bucket makes no room on our disk.
    lacking = (lambda: 0) if settings.files.location else _room(settings).lacking
    cleaner = Cleaner(house.shelf, settings.keep.cache_s, lacking=lacking)
    sweeper = Sweeper(
        Sweeps(house.scripts),
        house.jobs,
        house.artifacts,
        house.purger,
        settings.keep,
        cleaner=cleaner,
        pollers=Pollers(house.jobs, Polls(house.scripts)),
        discard=house.library.purge,
    )
    roster, fleet = Roster(settings.worker.runtime), Fleet(house.scripts)
    lasting = Lasting(settings.files.root, settings.worker.machine)
    rescuer = Rescuer(lasting, house.jobs, house.artifacts, roster, fleet, Hands, keep_s=settings.keep.dead_s)
    keeper = Keeper(
        attempts=Attempts(house.scripts),
        fleet=fleet,
        roster=roster,
        scratch=Scratch(settings.files.root, settings.worker.machine),
        machine=settings.worker.machine,
        slots={queue.value: slots for queue, slots in settings.worker.slots.items()},
        drain_s=settings.worker.drain_s,
        attempt_memory=settings.limits.attempt_memory,
        ballast=Ballast(settings.room.log_folder, settings.room.ballast) if settings.room.log_folder else None,
        librarian=make_librarian(house),
        rescuer=rescuer,
        litter=(house.uploads.sweep, house.artifacts.store.sweep, house.library.folder.sweep),
    )
    # A slow file store may hold up the sweep, never the leases.
    sweeping = Thread(target=sweeper.run, args=(stop,), name="sweeper", daemon=True)
    sweeping.start()
    keeper.run(stop)
    sweeping.join(5)


def api_app() -> "FastAPI":
    """Return the HTTP application of this process, from the environment (uvicorn's factory)."""
    from mediamill.engine.clearance import Clearance
    from mediamill.engine.desk import Desk
    from mediamill.engine.registry import discover
    from mediamill.engine.replay import Replayer
    from mediamill.engine.revise import Reviser
    from mediamill.store.dead import DeadLetters
    from mediamill.store.finished import Finished
    from mediamill.store.fleet import Fleet
    from mediamill.store.identities import Identities
    from mediamill.store.keys import Keys
    from mediamill.store.live import Live
    from mediamill.store.polls import Polls
    from mediamill.store.probe import Probe
    from mediamill.store.queues import Queues
    from mediamill.web.app import create_app
    from mediamill.web.rooms import Rooms

    settings = environment.prepare(environment.load())
    # A client waits for the answer: the store has a second, not five.
    redis = replace(settings.redis, timeout_s=settings.api.store_timeout_s)
    logs.configure(settings.log_level)
    # A request is refused at the door where what it takes was not set up.
    _tell_media(settings)
    house = open_house(replace(settings, redis=redis), serving=True)
    app = create_app(
        Rooms(
            settings=settings.api,
            registry=discover(),
            submitter=house.submitter,
            purger=house.purger,
            reviser=Reviser(house.jobs, house.artifacts),
            jobs=house.jobs,
            desk=Desk(house.jobs, house.artifacts, house.stash),
            dead=DeadLetters(house.scripts),
            clearance=Clearance(
                house.jobs, Finished(house.scripts), house.artifacts, house.purger, house.scripts.now_ms
            ),
            queues=Queues(house.scripts),
            polls=Polls(house.scripts),
            identities=Identities(house.scripts),
            fleet=Fleet(house.scripts),
            probe=Probe(house.scripts),
            live=Live(redis, Keys(redis.prefix)),
            artifacts=house.artifacts,
            uploads=house.uploads,
            shelf=house.shelf,
            library=house.library,
            disk=_room(settings),
            stash=house.stash,
            replayer=Replayer(house.stash, house.jobs) if house.stash is not None else None,
        )
    )
    # What is here now stays: to look through it for garbage would hold up every request that is under way.
    gc.collect()
    gc.freeze()
    return app
