"""Everything on one machine, or the workers of one: which processes there are and how they come and go."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket
from typing import Final

from mediamill.cli import ports, valkey
from mediamill.cli.children import Children
from mediamill.cli.huge_pages import with_huge_pages
from mediamill.cli.launch import Command
from mediamill.cli.lock import FolderLock
from mediamill.core.errors import Conflict, Unavailable
from mediamill.settings import Settings, exported, prepare

_STORE_WITHIN_S: Final = 120.0
_READY_WITHIN_S: Final = 60.0
#: More than uvicorn's own patience with open requests (servers.GRACE_S).
_API_STOP_S: Final = 15.0
#: More than the nursery's own patience with workers and keeper.
_WORKERS_STOP_S: Final = 40.0
#: After a second Ctrl-C, for the keeper to hand back what its workers ran.
_WORKERS_HURRIED_S: Final = 8.0
#: After a second Ctrl-C, for Valkey to write what it was told.
_VALKEY_HURRIED_S: Final = 3.0
INTERRUPTED: Final = 130


def run_up(settings: Settings) -> int:
    """Run everything until a signal; return the exit code.

    Raises SettingsError, Conflict (the folder is in use, or half restored), Unavailable (something did not start).
    """
    settings = prepare(settings)
    with ExitStack() as stack:
        lock = stack.enter_context(FolderLock(settings.data_dir))
        listener = stack.enter_context(ports.listen(settings.api.host, settings.api.port))
        children = stack.enter_context(_stopped(Children(say)))
        number = _start_store(children, settings, lock) if settings.redis.private else None
        if number is None:
            for command in (workers_command(settings), api_command(settings, listener)):
                children.start(command)
            number = _announce(children, settings, ports.url_of(listener))
        if number is None:
            number = children.watch()
        listener.close()
        settings.url_file.unlink(missing_ok=True)
        return drain(children, settings, number)


def run_workers(settings: Settings, *, quiet: bool = False) -> int:
    """Run the keeper and the workers of this machine until a signal; return the exit code.

    quiet: `up` has told already what there is to tell.
    """
    from mediamill.cli import nursery  # noqa: PLC0415 - it loads what workers need, and `up` does not

    settings = prepare(settings)
    with FolderLock(settings.worker.runtime):
        nursery.load()
        with _stopped(Children(say)) as children:
            for command in nursery.commands(settings):
                children.start(command)
            if not quiet:
                served = ", ".join(f"{queue}={slots}" for queue, slots in settings.worker.slots.items() if slots)
                say(f"worker {settings.worker.machine} serves {served}")
            return drain(children, settings, children.watch(), quiet=quiet)


def run_apis(settings: Settings, workers: int) -> int:
    """Run several API processes on one port until a signal; return the exit code."""
    settings = prepare(settings)
    with ports.listen(settings.api.host, settings.api.port) as listener, _stopped(Children(say)) as children:
        for number in range(1, workers + 1):
            children.start(api_command(settings, listener, f"api {number}"))
        say(f"{workers} API processes at {ports.url_of(listener)}")
        number = children.watch()
        listener.close()
        return drain(children, settings, number)


def drain(children: Children, settings: Settings, number: int, *, quiet: bool = False) -> int:
    """Stop everything; return the exit code."""
    if not quiet:
        say(
            f"{signal.Signals(number).name}: stopping; running jobs may go on for {settings.worker.drain_s:g} s "
            "(Ctrl-C again: stop now)"
        )
    return 0 if children.stop() else INTERRUPTED


def say(line: str) -> None:
    """Tell the operator something, on standard error, beside the children's logs."""
    print(f"mediamill: {line}", file=sys.stderr, flush=True)


# ---- which processes there are


def ourselves(*arguments: str) -> tuple[str, ...]:
    """Return the argv of one of our own commands. -P: a file of the current folder is no module of ours."""
    return (sys.executable, "-P", "-m", "mediamill.cli", *arguments)


def workers_command(settings: Settings) -> Command:
    """Return the process from which keeper and workers are forked."""
    return Command(
        "workers",
        ourselves("worker", "--quiet"),
        environ=with_huge_pages({**os.environ, **exported(settings)}),
        stop_s=settings.worker.drain_s + _WORKERS_STOP_S,
        hurried_s=_WORKERS_HURRIED_S,
        hurry=signal.SIGINT,
    )


def api_command(settings: Settings, listener: socket, name: str = "api") -> Command:
    """Return one API process that serves `listener`."""
    return Command(
        name,
        ourselves("api", "--fd", str(listener.fileno())),
        environ={**os.environ, **exported(settings)},
        stop_s=_API_STOP_S,
        keep=(listener.fileno(),),
    )


def valkey_command(settings: Settings, socket_path: Path, lock: FolderLock) -> Command:
    """Return the private Valkey. It holds the folder's lock until it is gone, and writes out before it goes.

    Raises Conflict where a restore was broken off: the records may be half the old ones, half those of the backup.
    """
    if settings.restoring.exists():
        raise Conflict(
            f"{settings.restoring}: a restore was broken off. Run `mediamill restore DIR --replace` again; "
            "what was here before is in this folder, or in a folder replaced-... beside it"
        )
    folder = settings.data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Command(
        "valkey",
        tuple(valkey.command(folder, socket_path, fsync=settings.redis.fsync)),
        stage=1,
        hurried_s=_VALKEY_HURRIED_S,
        death_signal=signal.SIGTERM,  # with SIGKILL, up to 2 s of acknowledged writes may still be in its memory
        keep=(lock.fd,),
    )


# ---- steps


@contextmanager
def _stopped(children: Children) -> Iterator[Children]:
    """Run the children; when something goes wrong, stop them in order before the error goes on."""
    with children:
        try:
            yield children
        except BaseException:
            children.stop()
            raise


def _start_store(children: Children, settings: Settings, lock: FolderLock) -> int | None:
    socket_path = Path(settings.redis.url.removeprefix("unix://"))
    socket_path.unlink(missing_ok=True)  # of a Valkey that was killed: we hold its lock
    children.start(valkey_command(settings, socket_path, lock))
    return children.wait_for(
        f"an answer of the private Valkey ({settings.data_dir / 'valkey/valkey.log'} tells what it does)",
        lambda: valkey.answers(socket_path),
        _STORE_WITHIN_S,
    )


def _announce(children: Children, settings: Settings, url: str) -> int | None:
    """Wait until the API is ready and tell the user how to go on."""
    told = ""

    def is_ready() -> bool:
        nonlocal told
        told = ports.ready(url)
        return not told

    try:
        number = children.wait_for(f"{url}/ready", is_ready, _READY_WITHIN_S)
    except Unavailable as error:
        raise Unavailable(f"{error.message}; {url}/ready says: {told}") from error
    if number is None:
        settings.url_file.write_text(url + "\n", encoding="ascii")
        print(_welcome(settings, url), flush=True)
    return number


def _welcome(settings: Settings, url: str) -> str:
    kept = settings.api_key_file if settings.api.keys[0].key == _read(settings.api_key_file) else None
    where = f"in {kept}" if kept else "as in API_KEYS"
    default = settings.data_dir == Path("~/.local/share/mediamill").expanduser()
    option = "" if default else f" --data-dir {settings.data_dir}"
    return (
        f"\nmediamill is ready at {url}\n"
        f"  key    {where}; send it as X-API-Key (the command line finds it by itself)\n"
        f"  API    {url}/docs\n"
        f"  try    mediamill submit{option} speech --text 'Hello from mediamill'\n"
        f"  stop   Ctrl-C\n"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
