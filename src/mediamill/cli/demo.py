"""Start everything, read two texts aloud, make two videos and a deck of flashcards, stop."""

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from mediamill.cli import Ended, Exit, launch, ports
from mediamill.cli.access import Access, find
from mediamill.cli.examples import Example, examples
from mediamill.cli.submit import followed
from mediamill.cli.up import ourselves
from mediamill.client import Client, Job
from mediamill.settings import load, without_settings

_READY_WITHIN_S: Final = 120.0
_STOPPED_WITHIN_S: Final = 45.0
_LOOK_EVERY_S: Final = 0.1
_SHOWN_LINES: Final = 30


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the results.",
)
def demo(out: Path) -> int:
    """Start everything on a free port and a folder of its own, make the examples, stop.

    Reads two texts aloud, makes two videos, and flashcards of a document. Needs no network and leaves only the
    results: MP3 and MP4 files with captions, a deck for Anki with its table and mind map.
    """
    out.mkdir(parents=True, exist_ok=True)
    log = out / "server.log"
    with tempfile.TemporaryDirectory(prefix="mediamill-demo-", ignore_cleanup_errors=True) as folder:
        click.echo("starting a private Valkey, the keeper, the workers and the API ...", err=True)
        with _server(Path(folder), log) as access, access.client() as client:
            click.echo(f"ready at {access.url}", err=True)
            failed = [example.name for example in examples() if not _made(client, example, out)]
            click.echo("stopping ...", err=True)
    if failed:
        click.echo(f"not done: {', '.join(failed)}; the server's own log is {log}", err=True)
    return Exit.FAILED if failed else 0


def _made(client: Client, example: Example, out: Path) -> bool:
    """Have an example made; print where the results are. Return whether it worked."""
    click.echo(f"\n{example.service}: {example.file or f'a short text, {example.name}'}", err=True)
    accepted = client.submit(example.service, example.params, files=example.files)
    job = followed(client, accepted.task_id)
    if not job.succeeded:
        click.echo(f"{job.status}: {job.error_message} ({job.error_code})", err=True)
        return False
    for path in client.download(job.task_id, out, names=example.results):
        click.echo(f"{path}{_told(job) if path.name == example.main else ''}")
    return True


def _told(job: Job) -> str:
    """Return how much was made, and in which time."""
    made = (job.ended_at - job.started_at).total_seconds() if job.started_at and job.ended_at else 0.0
    return f"  {_size(job)}, made in {made:.1f} s"


def _size(job: Job) -> str:
    if "cards" in job.data:
        return f"{job.data['cards']} cards"
    minutes, seconds = divmod(float(job.data.get("duration_s", 0.0)), 60)
    return f"{minutes:.0f} min {seconds:.0f} s"


@contextlib.contextmanager
def _server(folder: Path, log: Path) -> Iterator[Access]:
    """Run `mediamill up` on `folder`, with nothing of the user's own settings; it dies with us."""
    environ = {
        **without_settings(os.environ),
        "MEDIAMILL_DATA_DIR": str(folder),
        "MEDIAMILL_RUNTIME_DIR": str(folder / "run"),
        "MEDIAMILL_DRAIN_SECONDS": "0",
    }
    server = launch.started(
        launch.Command(
            "mediamill up",
            ourselves("up", "--port", "0"),
            environ=environ,
            death_signal=signal.SIGTERM,
            folder=folder,  # where no .env of the user's lies
            log=log.absolute(),
        )
    )
    try:
        yield _ready(server, environ, log)
    finally:
        _stop(server)


def _stop(server: int) -> None:
    """End the server and wait for it; kill it when it takes too long, and all that it started goes with it."""
    os.kill(server, signal.SIGTERM)
    end = time.monotonic() + _STOPPED_WITHIN_S
    while not _ended(server):
        if time.monotonic() >= end:
            os.killpg(server, signal.SIGKILL)
        time.sleep(_LOOK_EVERY_S)
    os.waitpid(server, 0)


def _ended(server: int) -> bool:
    """Whether the process has ended; until somebody waits for it, it keeps its number."""
    return os.waitid(os.P_PID, server, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _ready(server: int, environ: dict[str, str], log: Path) -> Access:
    """Wait until the server says where it is; it does so when it is ready."""
    settings = load(environ, None)
    end = time.monotonic() + _READY_WITHIN_S
    while not settings.url_file.exists():
        if _ended(server) or time.monotonic() >= end:
            told = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
            raise Ended(Exit.UNREACHABLE, "\n".join(["the server did not start:", *told]))
        time.sleep(_LOOK_EVERY_S)
    access = find(load(environ, None))
    if why := ports.ready(access.url):
        raise Ended(Exit.UNREACHABLE, f"the server is not ready: {why}")
    return access
