"""What this machine lacks, in plain words."""

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from mediamill import __version__
from mediamill.cli import Exit, ports, valkey
from mediamill.cli.access import Access, find
from mediamill.cli.adapters_here import adapters_here
from mediamill.cli.finding import Finding
from mediamill.cli.languages_here import languages_here
from mediamill.cli.lasting_here import lasting_here
from mediamill.cli.lexicon_here import lexicon_here
from mediamill.cli.live_here import live_here
from mediamill.cli.providers import models_here
from mediamill.cli.queues import paused
from mediamill.cli.recorder_here import recorder_here
from mediamill.cli.voices_here import voices_here
from mediamill.cli.walls_here import walls_here
from mediamill.client import ApiError, Client, ClientError
from mediamill.core.errors import MediamillError
from mediamill.core.queues import Queue
from mediamill.media import programs
from mediamill.settings import Settings, SettingsError, load

_LITTLE_BYTES: Final = 2 * 2**30
_PYTHON: Final = (3, 11)
_ASK_S: Final = 3.0
_TRY_S: Final = 10.0
#: Requests that the store refused, each with its reason.
_TOLD: Final = 10


@click.command()
@click.option("--url", metavar="URL", help="A server to look at, instead of the one here.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Look at this data folder.")
@click.option("--fix", is_flag=True, help="Mend what can be mended, and say what was done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one finding a line.")
def doctor(url: str | None, data_dir: Path | None, *, fix: bool, as_json: bool) -> int:
    """Say what this machine lacks, in plain words. Exit code 1 when something does not work."""
    findings = []
    for found in _findings(url, data_dir):
        finding = found.fixed() if fix else found
        findings.append(finding)
        click.echo(_json(finding) if as_json else _line(finding))
    bad = sum(finding.verdict == "bad" for finding in findings)
    if not as_json:
        click.echo(f"\n{_verdict(bad, findings)}")
    return Exit.FAILED if bad else 0


def _verdict(bad: int, findings: list[Finding]) -> str:
    if bad:
        return f"{bad} of {len(findings)} do not work"
    noted = any(finding.verdict == "note" for finding in findings)
    return "everything works; see what is noted above" if noted else "all is well"


def _json(finding: Finding) -> str:
    return json.dumps({"what": finding.what, "verdict": finding.verdict, "words": finding.words})


def _line(finding: Finding) -> str:
    mark = {"ok": "ok  ", "note": "note", "bad": "BAD "}[finding.verdict]
    return f"{mark}  {finding.what:10} {finding.words}"


def _findings(url: str | None, data_dir: Path | None) -> Iterator[Finding]:
    yield _python()
    try:
        settings = load({**os.environ, **({"MEDIAMILL_DATA_DIR": str(data_dir)} if data_dir else {})})
    except SettingsError as error:
        yield Finding("settings", "bad", error.message.replace("\n", "; "))
        return
    yield Finding("settings", "ok", "all understood")
    for look in (
        data_folder,
        _store,
        _spool,
        lasting_here,
        _services,
        voices_here,
        lexicon_here,
        languages_here,
        models_here,
        adapters_here,
        live_here,
        recorder_here,
        walls_here,
        _slots,
    ):
        yield from look(settings)
    yield from _api(settings, find(settings, url))


def _python() -> Finding:
    seen = f"mediamill {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.version_info < _PYTHON:
        return Finding("python", "bad", f"{seen}; Python 3.11 or newer is needed")
    if platform.system() != "Linux":
        return Finding("python", "bad", f"{seen}; servers run on Linux only")
    return Finding("python", "ok", seen)


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Look at where this machine keeps what it makes."""
    folder = settings.data_dir
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
        yield Finding("data", "bad", f"{folder}: this user may not write to {nearest}; set MEDIAMILL_DATA_DIR")
        return
    free = shutil.disk_usage(nearest).free
    words = f"{folder}: {free / 2**30:.1f} GiB free" + ("" if folder.exists() else "; made at the first start")
    yield Finding(
        "data", "note" if free < _LITTLE_BYTES else "ok", words + ("; that is little" * (free < _LITTLE_BYTES))
    )
    if settings.files.location:
        yield Finding("files", "ok", f"kept in {settings.files.location}")
    yield _recordings(settings, nearest)


def _recordings(settings: Settings, beside: Path) -> Finding:
    """Say where recordings are kept, and whether they can be linked there. beside: on the data folder's disk."""
    from mediamill.wiring import library_folder  # noqa: PLC0415 - only here

    folder = settings.library.folder
    if trouble := library_folder(settings).trouble():
        return Finding("library", "bad", f"{folder}: {trouble} What ends waits for it")
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("library", "bad", f"{folder}: this user may not write to {nearest}; set RECORDINGS_DIR")
    if nearest.stat().st_dev != beside.stat().st_dev:
        words = f"{folder}: on another file system than the data folder; recordings are copied there, not linked"
        return Finding("library", "note", words)
    return Finding("library", "ok", str(folder))


def _store(settings: Settings) -> Iterator[Finding]:
    if not settings.redis.private:
        if settings.redis.fsync == "always":
            words = "MEDIAMILL_DURABLE=always has no effect on the Redis of REDIS_URL: its own appendfsync decides"
            yield Finding("store", "note", words)
        yield from _asked(settings)
        return
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            programs.start(
                [valkey.binary(), "--version"], cwd=Path(folder), limits=programs.Limits(wall_s=_TRY_S)
            ) as program,
        ):
            told = program.wait(lambda: None)
    except MediamillError as error:
        yield Finding("store", "bad", error.message)
        return
    version = re.search(r"v=(\S+)", told.output)
    if told.returncode or version is None:
        yield Finding("store", "bad", f"the private Valkey does not run here: {told.output}; set REDIS_URL to a server")
    else:
        yield Finding("store", "ok", f"a private Valkey {version[1]}, started by `up`")


def _asked(settings: Settings) -> Iterator[Finding]:
    """Ask the outside Redis how it is set up."""
    from mediamill.store.keys import Keys  # noqa: PLC0415 - needed only where there is one
    from mediamill.store.pool import connect  # noqa: PLC0415
    from mediamill.store.probe import Probe  # noqa: PLC0415
    from mediamill.store.scripts import Scripts  # noqa: PLC0415

    client = connect(settings.redis)
    try:
        warnings = Probe(Scripts(client, Keys(settings.redis.prefix), "")).check()
    except MediamillError as error:
        yield Finding("store", "bad", f"REDIS_URL: {error.message}")
        return
    finally:
        client.close()
    yield Finding("store", "ok", "the Redis of REDIS_URL takes writes")
    for warning in warnings:
        yield Finding("store", "bad", warning)


def _spool(settings: Settings) -> Iterator[Finding]:
    """Say what waits on this machine for the store, and what the store did not take."""
    from mediamill.store.spool import Spool  # noqa: PLC0415 - needed only where there is one

    spool = Spool(settings.spool)
    if not spool.exists:
        words = f"requests go to {settings.spool.folder} while Redis is away" if settings.spool.enabled else "is off"
        yield Finding("spool", "ok", words)
        return
    try:
        level, refusals = spool.level(), spool.refusals(_TOLD)
    except MediamillError as error:
        yield Finding("spool", "bad", f"{settings.spool.folder}: {error.message}")
        return
    finally:
        spool.close()
    words = f"{settings.spool.folder}: {level.waiting} requests wait for Redis"
    yield Finding("spool", "note" if level.waiting else "ok", words)
    for job_id, why in refusals:
        yield Finding("spool", "bad", f"job {job_id} was not taken and is set aside: {why}")
    if level.refused > len(refusals):
        yield Finding("spool", "bad", f"and {level.refused - len(refusals)} more")


def _services(settings: Settings) -> Iterator[Finding]:
    from mediamill.engine.registry import discover  # noqa: PLC0415 - it imports every service

    del settings
    for found in discover().found:
        if not found.service.public:
            continue
        name, extra = found.service.name, found.service.extra
        if not found.missing:
            yield Finding(name, "ok", "can run here")
            continue
        how = f"pip install 'mediamill[{extra}]'" if extra else f"install {', '.join(found.missing)}"
        yield Finding(name, "note", f"is off: it needs {', '.join(found.missing)}; {how}")


def _slots(settings: Settings) -> Iterator[Finding]:
    words = ", ".join(f"{queue}={settings.worker.slots.get(queue, 0)}" for queue in Queue)
    yield Finding("slots", "ok", f"{words} (MEDIAMILL_SLOTS) on {len(os.sched_getaffinity(0))} cores")


def _api(settings: Settings, access: Access) -> Iterator[Finding]:
    told = ports.told(access.url)
    if told.why:
        running = settings.url_file.exists()
        yield Finding(
            "api", "bad" if running else "note", f"{access.url} is not ready: {told.why}; `mediamill up` starts it"
        )
        return
    for note in told.notes:
        yield Finding("api", "note", note)
    if told.degraded:  # nobody can say now whether the key is known, or what is paused
        yield Finding("api", "bad", f"{access.url} keeps requests in its spool until Redis answers again")
        return
    yield Finding("api", "ok", f"{access.url} is ready")
    yield from _tried("key", lambda: _key(access))
    yield from _tried("queues", lambda: _paused(access))


def _key(access: Access) -> Iterator[Finding]:
    if access.api_key is None:
        yield Finding("key", "bad", "no key found: set MEDIAMILL_API_KEY")
        return
    with Client(access.url, access.api_key, retries=0, timeout_s=_ASK_S) as client:
        next(client.jobs(page_size=1), None)
    yield Finding("key", "ok", "accepted")


def _paused(access: Access) -> Iterator[Finding]:
    """Tell of paused queues, which are easily forgotten, to those who may know."""
    if access.api_key is None:
        return
    for queue in paused(access):
        words = f"{queue.name} is paused, {queue.waiting} wait; `mediamill queues resume {queue.name}` goes on"
        yield Finding("queues", "note", words)


def _tried(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except (ApiError, ClientError) as error:
        yield Finding(what, "bad", str(error))
