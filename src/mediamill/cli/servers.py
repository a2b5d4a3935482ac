"""The commands that serve: up, api, worker, and the hidden ones that their children run."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from mediamill.core.queues import Queue
from mediamill.settings import Settings, load, prepare

#: How long an API that was told to stop waits for open requests.
GRACE_S: Final = 10

_data_dir = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for files, keys and the private Valkey.  [default: MEDIAMILL_DATA_DIR or ~/.local/share/mediamill]",
)
_slots = click.option(
    "--slots", metavar="QUEUE=N,...", help="How many jobs of a queue run at once, e.g. cpu=2,recording=100; 0: none."
)
_host = click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
_port = click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0 takes a free one.  [default: 8000]"
)


def settings_with(**options: object) -> Settings:
    """Return the settings; options that were given win. Names are those of the variables, less the prefix."""
    given = {f"MEDIAMILL_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    return load({**os.environ, **given})


@click.command()
@_host
@_port
@_data_dir
@_slots
def up(host: str | None, port: int | None, data_dir: Path | None, slots: str | None) -> int:
    """Start everything on this machine.

    A private Valkey (unless REDIS_URL is set), the keeper, a worker per queue, and the API. Crashed
    processes are started again. Ctrl-C lets running jobs end (MEDIAMILL_DRAIN_SECONDS), hands back
    what is not done, and stops; a second Ctrl-C stops now.

    \b
    Examples:
      mediamill up
      mediamill up --port 9000 --data-dir ./data --slots cpu=4,interactive=2
    """  # noqa: D301 - \b is click's mark for lines to be kept
    from mediamill.cli.up import run_up  # noqa: PLC0415 - other commands need not load it

    return run_up(settings_with(host=host, port=port, data_dir=data_dir, slots=slots))


@click.command()
@_host
@_port
@_data_dir
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many API processes.")
@click.option("--fd", type=int, hidden=True, help="A listening socket that was inherited.")
def api(host: str | None, port: int | None, data_dir: Path | None, workers: int, fd: int | None) -> int:
    """Serve the HTTP API only.

    For several machines: set REDIS_URL (and S3_BUCKET, or a shared data folder) on all of them.

    \b
    Example:
      REDIS_URL=redis://store:6379/0 mediamill api --host 0.0.0.0 --workers 4
    """  # noqa: D301
    settings = settings_with(host=host, port=port, data_dir=data_dir)
    if workers > 1:
        from mediamill.cli.up import run_apis  # noqa: PLC0415

        return run_apis(settings, workers)
    _serve(prepare(settings), fd)
    return 0


@click.command()
@click.option("--queues", metavar="QUEUE,...", help=f"Serve these queues only, of: {', '.join(Queue)}.")
@_slots
@_data_dir
@click.option("--quiet", is_flag=True, hidden=True, help="`up` started it.")
def worker(queues: str | None, slots: str | None, data_dir: Path | None, quiet: bool) -> int:  # noqa: FBT001
    """Serve queues on this machine: the keeper and a worker process per queue.

    \b
    Examples:
      mediamill worker
      mediamill worker --queues cpu,interactive --slots cpu=8
    """  # noqa: D301
    from mediamill.cli.up import run_workers  # noqa: PLC0415

    settings = settings_with(slots=slots, data_dir=data_dir)
    if queues is not None:
        settings = settings_with(slots=_only(queues, settings.worker.slots), data_dir=data_dir)
    return run_workers(settings, quiet=quiet)


def _only(queues: str, slots: Mapping[Queue, int]) -> str:
    wanted = {name.strip() for name in queues.split(",") if name.strip()}
    unknown = wanted - set(Queue)
    if unknown or not wanted:
        raise click.BadParameter(f"{', '.join(sorted(unknown)) or 'nothing'} is none of: {', '.join(Queue)}")
    if idle := [name for name in sorted(wanted) if not slots[Queue(name)]]:
        raise click.BadParameter(f"{', '.join(idle)} has no slots: set them with --slots")
    return ",".join(f"{queue}={number if queue in wanted else 0}" for queue, number in slots.items())


def _serve(settings: Settings, fd: int | None) -> None:
    """Run one API process. It loads its settings itself, as each of uvicorn's would."""
    import uvicorn  # noqa: PLC0415 - other commands need not load it

    os.environ["MEDIAMILL_DATA_DIR"] = str(settings.data_dir)
    config = uvicorn.Config(
        "mediamill.wiring:api_app",
        factory=True,
        host=settings.api.host,
        port=settings.api.port,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    listener = [socket.socket(fileno=fd)] if fd is not None else None
    uvicorn.Server(config).run(sockets=listener)
