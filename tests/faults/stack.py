"""A whole stack in a folder of its own: every process is ours to start, stop, freeze and kill, by its id."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil
from tests.faults import journal, services

from mediamill.cli import ports, valkey
from mediamill.core.queues import Queue
from mediamill.engine.roster import Entry, Roster
from mediamill.settings import Settings, load, without_settings
from mediamill.testing import eventually

ROOT: Final = Path(__file__).parents[2]
#: owner -> key. The checker is admin.
KEYS: Final = {"ann": "key-of-ann", "bob": "key-of-bob", "cy": "key-of-cy", "admin": "key-of-admin"}
SMALL: Final = "interactive=1,cpu=2,default=4,downloads=3,recording=6"
_SECRET_KEY: Final = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # noqa: S105 - of a stack that lives for a minute
_METADATA: Final = "Metadata-Version: 2.1\nName: fault-services\nVersion: 0\n"
_PORTS: Final = range(15_000, 32_000)
_STARTS_WITHIN_S: Final = 60.0
_ENDS_WITHIN_S: Final = 30.0


@dataclass(frozen=True)
class Shape:
    """What a row needs.

    machines: `mediamill worker` processes, each a machine of its own name; they share the data folder.
    apis: `mediamill api` processes, each with a port of its own.
    up: `mediamill up` instead of all these: one machine, with a private Valkey.
    slots: of each machine.
    environ: further settings.
    before_store: what stands between the servers and Valkey: gets Valkey's port, yields the one to use.
    beneath: what the files lie on: gets the empty data folder, yields further settings.
    """

    machines: int = 1
    apis: int = 1
    up: bool = False
    slots: str = SMALL
    environ: Mapping[str, str] = field(default_factory=dict)
    before_store: Callable[[int], "Iterator[int]"] | None = None
    beneath: Callable[[Path], "Iterator[Mapping[str, str]]"] | None = None


class Server:
    """One server process and all that it starts. Its output goes to a log in the stack's folder.

    environ: what it is started with the next time.
    """

    def __init__(self, name: str, argv: list[str], environ: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._argv = argv
        self.environ = dict(environ)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again after its end."""
        assert self._process is None or self._process.poll() is not None, f"{self.name} runs"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv, cwd=self._folder, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether that process runs."""
        return self._process is not None and self._process.poll() is None

    def tree(self) -> list[psutil.Process]:
        """Return it and all its descendants, programs of jobs too."""
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """End the process itself by SIGKILL; what becomes of its children is its own affair."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_tree(self) -> None:
        """End everything at once, as a power cut does: nobody gets to mend or to clean up."""
        frozen = self.freeze()
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait()
        gone(frozen)

    def freeze(self) -> list[psutil.Process]:
        """Stop everything by SIGSTOP; return it, for `thaw`."""
        frozen: list[psutil.Process] = []
        while new := [process for process in self.tree() if process not in frozen]:
            for process in new:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            frozen += new
        return frozen

    def stop(self, within_s: float = _ENDS_WITHIN_S) -> None:
        """End it as an operator does. Raises AssertionError when it does not end in time."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {within_s:g} s of SIGTERM") from None

    def tail(self, lines: int = 12, chars: int = 300) -> str:
        """Return the end of its log, long lines cut."""
        text = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"---- {self.name}", *(line[:chars] for line in text[-lines:] if line)])


def thaw(processes: list[psutil.Process]) -> None:
    """Let frozen processes go on."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def gone(processes: list[psutil.Process], within_s: float = 10.0) -> None:
    """Wait until none of them runs; a zombie does not."""
    eventually(lambda: not running(processes), within_s)


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that run."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


class Machine(Server):
    """The workers and the keeper of one machine: `mediamill worker`, or `mediamill up` with all it has."""

    def __init__(self, machine: str, argv: list[str], environ: Mapping[str, str], folder: Path) -> None:
        self.machine = machine
        self.runtime = folder / machine
        own = {**environ, "MEDIAMILL_MACHINE": machine, "MEDIAMILL_RUNTIME_DIR": str(self.runtime)}
        super().__init__(f"machine-{machine}", argv, own, folder)

    @property
    def roster(self) -> Roster:
        """Who runs what here."""
        return Roster(self.runtime)

    def entries(self) -> list[Entry]:
        """Return the attempts that are signed in."""
        return self.roster.entries()

    def named(self, name: str) -> psutil.Process:
        """Return the process of that name which is no fork of one of the same name. Waits while it is being started."""

        def look() -> psutil.Process | None:
            found = [each for each in running(self.tree()) if each.name() == name]
            return next((each for each in found if each.ppid() not in {other.pid for other in found}), None)

        process = eventually(look, within_s=_STARTS_WITHIN_S)
        assert process is not None
        return process

    def keeper(self) -> psutil.Process:
        """Return the keeper."""
        return self.named("mm-keeper")

    def worker(self, queue: Queue) -> psutil.Process:
        """Return the Celery worker of a queue."""
        return self.named(f"mm-{queue}"[:15])


class Stack:
    """Valkey, APIs and machines as a row wants them. Use as a context manager: nothing of it is left behind."""

    def __init__(self, shape: Shape, folder: Path) -> None:
        self.shape = shape
        self.folder = folder
        self.data = folder / "data"
        self.journal = journal.Journal(folder / "side")
        self._open = ExitStack()
        self._beneath: Mapping[str, str] = {}
        self._stopped: list[psutil.Process] = []
        self._plug = _plug_in(folder)
        self.store_port = free_port()
        self.socket = folder / "v.sock"
        self.valkey: Server | None = None
        self.apis: list[Server] = []
        self.machines: list[Machine] = []
        self.doors: list[str] = []

    # ---- coming and going

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill whatever is left of it. Repeatable."""
        for server in self.servers:
            server.kill_tree() if server.alive else None
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._open.close()

    @property
    def servers(self) -> list[Server]:
        """Every server, those that others need last."""
        return [*self.machines, *self.apis, *([self.valkey] if self.valkey is not None else [])]

    def processes(self) -> list[psutil.Process]:
        """Return every process that has our folder in its environment: servers, forks, programs of jobs."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and str(self.folder) in " ".join(process.environ().values()):
                    found.append(process)
        return running(found)

    def tails(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(server.tail() for server in self.servers)

    # ---- where things are

    @property
    def store_url(self) -> str:
        """The store, past anything that stands before it."""
        return f"unix://{self.socket}"

    def settings(self) -> Settings:
        """Return the stack's settings, with the store as the harness reaches it."""
        environ = {**self.environ(), "REDIS_URL": self.store_url}
        return load(environ, None)

    def environ(self) -> dict[str, str]:
        """Return what every server is started with, but for its own name and folders."""
        return {
            **without_settings(os.environ),
            "PYTHONPATH": os.pathsep.join([str(self._plug), str(ROOT / "src"), str(ROOT)]),
            "API_KEYS": ",".join(f"{o}:{k}:{'admin' if o == 'admin' else 'user'}" for o, k in KEYS.items()),
            "MEDIAMILL_DATA_DIR": str(self.data),
            "MEDIAMILL_SECRET_KEYS": _SECRET_KEY,
            "MEDIAMILL_SLOTS": self.shape.slots,
            "MEDIAMILL_DRAIN_SECONDS": "5",
            journal.FOLDER: str(self.journal.folder),
            **self.shape.environ,
            **self._beneath,
        }

    # ---- starting

    def _start(self) -> None:
        self.data.mkdir(mode=0o700)
        if self.shape.beneath is not None:
            self._beneath = self._open.enter_context(contextmanager(self.shape.beneath)(self.data))
        if self.shape.up:
            self._start_up()
            return
        self.valkey = Server(
            "valkey", self._valkey_argv(), {**os.environ, journal.FOLDER: str(self.folder)}, self.folder
        )
        self.start_store()
        port = self.store_port
        if self.shape.before_store is not None:
            port = self._open.enter_context(contextmanager(self.shape.before_store)(self.store_port))
        environ = {**self.environ(), "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        for number in range(1, self.shape.apis + 1):
            self.doors.append(f"http://127.0.0.1:{free_port()}")
            argv = _ours("api", "--port", self.doors[-1].rpartition(":")[2])
            self.apis.append(Server(f"api-{number}", argv, environ, self.folder))
        for number in range(1, self.shape.machines + 1):
            self.machines.append(Machine(f"m{number}", _ours("worker"), environ, self.folder))
        for server in (*self.apis, *self.machines):
            server.start()
        self.ready()

    def _start_up(self) -> None:
        port = free_port()
        self.doors.append(f"http://127.0.0.1:{port}")
        machine = Machine("m1", _ours("up", "--port", str(port)), self.environ(), self.folder)
        self.socket = machine.runtime / "valkey.sock"
        self.machines.append(machine)
        machine.start()
        self.ready()

    def _valkey_argv(self) -> list[str]:
        folder = self.data / "valkey"
        folder.mkdir(mode=0o700)
        return [*valkey.command(folder, self.socket), "--bind", "127.0.0.1", "--port", str(self.store_port)]

    def start_store(self) -> None:
        """Start Valkey and wait until it answers."""
        assert self.valkey is not None, "`up` has its own Valkey"
        self.valkey.start()
        eventually(partial(valkey.answers, self.socket), within_s=_STARTS_WITHIN_S)

    def ready(self, within_s: float = _STARTS_WITHIN_S) -> None:
        """Wait until every API is ready and every machine has a keeper and its workers."""
        for door in self.doors:
            eventually(lambda door=door: not ports.ready(door), within_s=within_s)  # type: ignore[misc]
        for machine in self.machines:
            machine.keeper()


def free_port() -> int:
    """Return a port that nobody uses now.

    Below those that the system gives to clients: while a server is away, one that tries to connect to it
    could else be given its port, or even connect to itself.
    """
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "mediamill.cli", *words]


def _plug_in(folder: Path) -> Path:
    """Install the suite's services, as pip does it; return the folder for PYTHONPATH."""
    info = folder / "plug" / "fault_services-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(_METADATA)
    (info / "entry_points.txt").write_text(services.entry_points())
    return info.parent


@contextmanager
def temporary(parent: Path | None = None) -> Iterator[Path]:
    """A folder with a short name, for sockets lie in it; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="mmf-", dir=parent))
    try:
        yield path
    finally:
        for _ in range(20):  # a process that was killed may still write
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                break
            time.sleep(0.1)
