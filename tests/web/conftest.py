"""A whole API on a real store and real files; jobs are driven along by hand, where a worker would."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import structlog
import uvicorn
from cryptography.fernet import Fernet
from fastapi.testclient import TestClient
from tests.engine.mill import CACHE_BYTES
from tests.web.parts import KEYS, SCOPES, SHOUT, WATCH, Served, Worker, kept, signed, staged

from mediamill.engine.clearance import Clearance
from mediamill.engine.desk import Desk
from mediamill.engine.library import Library
from mediamill.engine.purge import Purger
from mediamill.engine.registry import Found, Registry
from mediamill.engine.revise import Reviser
from mediamill.engine.shelf import Shelf
from mediamill.engine.submit import Submitter
from mediamill.engine.vault import Vault
from mediamill.files.artifacts import Artifacts
from mediamill.files.library import LibraryFolder
from mediamill.files.store import FileStore
from mediamill.files.uploads import Uploads
from mediamill.settings import ApiKey, ApiSettings, KeepSettings, RedisSettings, SecretSettings
from mediamill.store.cache import CacheIndex
from mediamill.store.dead import DeadLetters
from mediamill.store.finished import Finished
from mediamill.store.fleet import Fleet
from mediamill.store.identities import Identities
from mediamill.store.jobs import Jobs
from mediamill.store.keys import Keys
from mediamill.store.library import LibraryIndex
from mediamill.store.live import Live
from mediamill.store.polls import Polls
from mediamill.store.probe import Probe
from mediamill.store.queues import Queues
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually
from mediamill.web.app import create_app
from mediamill.web.rooms import Patience, Rooms


@pytest.fixture
def api_settings() -> ApiSettings:
    keys = tuple(ApiKey(owner, key, SCOPES.get(owner, "user")) for owner, key in KEYS.items())
    return ApiSettings(keys=keys, cors_origins=("https://app.example",))


@pytest.fixture
def rooms(scripts: Scripts, redis_settings: RedisSettings, api_settings: ApiSettings, tmp_path: Path) -> Rooms:
    store = FileStore.open(tmp_path / "files", durable=False)
    jobs, artifacts, uploads = Jobs(scripts), Artifacts(store), Uploads(store, tmp_path)
    vault = Vault(SecretSettings((Fernet.generate_key().decode(),)))
    purger = Purger(jobs, artifacts, uploads)
    found = {service.name: Found(service, "web_plugin", ()) for service in (SHOUT, WATCH)}
    return Rooms(
        settings=api_settings,
        registry=Registry(found),
        submitter=Submitter(jobs, artifacts, uploads, vault, KeepSettings()),
        purger=purger,
        reviser=Reviser(jobs, artifacts),
        jobs=jobs,
        desk=Desk(jobs, artifacts),
        dead=DeadLetters(scripts),
        clearance=Clearance(jobs, Finished(scripts), artifacts, purger, scripts.now_ms),
        queues=Queues(scripts),
        polls=Polls(scripts),
        identities=Identities(scripts),
        fleet=Fleet(scripts),
        probe=Probe(scripts),
        live=Live(redis_settings, Keys(redis_settings.prefix)),
        artifacts=artifacts,
        uploads=uploads,
        library=Library(LibraryFolder(tmp_path / "recordings"), LibraryIndex(scripts), store, "here"),
        shelf=Shelf(CacheIndex(scripts), store, CACHE_BYTES),
    )


@pytest.fixture
def api(rooms: Rooms) -> Iterator[TestClient]:
    """The API in this process, called by ann."""
    with TestClient(create_app(rooms), headers=signed("ann")) as client:
        yield client


@pytest.fixture
def _nothing_stays_behind(rooms: Rooms) -> Iterator[None]:
    """After a test that nothing was accepted in: no file, no job."""
    yield
    assert staged(rooms) == []
    assert kept(rooms) == []
    assert rooms.jobs.page(owner=None).jobs == []


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def served(rooms: Rooms, patience: Patience) -> Iterator[Served]:
    """The API in a uvicorn server on a free port."""
    app = create_app(replace(rooms, patience=patience))
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=8, lifespan="on")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            eventually(lambda: server.started, within_s=10)
            with httpx2.Client(base_url=url, headers=signed("ann"), timeout=20) as client:
                yield Served(url, client, server, thread, app)
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive()


@pytest.fixture
def worker(rooms: Rooms, scripts: Scripts, tmp_path: Path) -> Worker:
    return Worker(rooms, scripts, tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Plain lines: a drawn traceback takes seconds."""
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()])
