"""The services of the fault suite, installed as a plug-in: small jobs of every kind, and some that misbehave.

Each run adds a line to the journal (`journal.py`), and each result says under which token it was
made, so that the checker can tell whose work was committed.
"""

import os
import re
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from tests.faults import journal

from mediamill import Context, Later, PermanentError, Queue, Result, RetryableError, Service

SLICE_S: Final = 0.05


class Params(BaseModel):
    """What every one of them takes.

    number: tells requests apart. seconds: how long it works. times: how often it fails or comes
    later before it succeeds; how many children a family has. shared: the number of a child that
    other parents may ask for too. queue: another than the service's own.
    """

    number: int
    seconds: float = 0.1
    times: int = 1
    shared: int | None = None
    queue: Queue | None = None


def token(ctx: Context) -> str:
    """Return the attempt's token: its scratch folder is named by it."""
    return ctx.scratch.name


def made(ctx: Context, **facts: object) -> Result:
    """Return a result that says who made it."""
    path = ctx.scratch / "result.txt"
    path.write_text(f"{ctx.job_id} {token(ctx)}\n")
    return Result(files={"result.txt": path}, data={"token": token(ctx), **facts})


def begin(ctx: Context) -> int:
    """Note that an attempt runs; return which run of the job it is, from 1: attempts that were lost count too."""
    return journal.begin(ctx.job_id, token(ctx), ctx.attempt)


def work(ctx: Context, seconds: float) -> None:
    """Pass the time, and ask all along whether to go on."""
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        ctx.check()
        ctx.progress(min(1.0, max(0.0, 1 - left / max(seconds, SLICE_S))))
        time.sleep(min(SLICE_S, left))


def _steps(params: Params, ctx: Context) -> Result:
    begin(ctx)
    work(ctx, params.seconds)
    return made(ctx)


def _cached(params: Params, ctx: Context) -> Result:
    begin(ctx)
    for step in range(3):
        kept = ctx.cached(f"faults {params.number % 5} {step}", _make)
        if kept.read_text() != "whole":
            raise PermanentError("a step of the cache is not whole")
        work(ctx, params.seconds / 3)
    return made(ctx)


def _make(path: Path) -> None:
    path.write_text("half")
    time.sleep(SLICE_S)
    path.write_text("whole")


def _program(params: Params, ctx: Context) -> Result:
    """Run a program whose own child works on in a session of its own."""
    begin(ctx)
    done = ctx.run("sh", "-c", f"setsid sleep {params.seconds} & sleep {params.seconds}; wait", timeout_s=60)
    if done.returncode != 0:
        raise RetryableError(f"the program ended with {done.returncode}", after_s=0.2)
    return made(ctx)


def _flaky(params: Params, ctx: Context) -> Result:
    run = begin(ctx)
    work(ctx, params.seconds)
    if run <= params.times:
        raise RetryableError("not this time", after_s=0.3)
    return made(ctx)


def _later(params: Params, ctx: Context) -> Result:
    run = begin(ctx)
    if run <= params.times:
        raise Later(0.3, f"look {run}")
    work(ctx, params.seconds)
    return made(ctx)


def _recording(params: Params, ctx: Context) -> Result:
    """Publish a part whenever one is complete, until the time is over or somebody stops it."""
    begin(ctx)
    ends_at, part = time.monotonic() + params.seconds, 0
    while time.monotonic() < ends_at and not ctx.stopping:
        work(ctx, min(0.3, params.seconds))
        part += 1
        path = ctx.scratch / f"part-{part}.txt"
        path.write_text(f"{ctx.job_id} part {part}\n")
        ctx.publish(path.name, path)
    return made(ctx)


def _film(params: Params, ctx: Context) -> Result:
    """Film into `lasting` what no other attempt can film again, and publish each part as it is complete.

    What another attempt has left here is published first; what its job ended without comes as `rescued`.
    """
    begin(ctx)
    if (rescued := ctx.input("rescued")) is not None:
        _publish_film(ctx, rescued)
        return made(ctx)
    for left in sorted(ctx.lasting.iterdir()):
        _publish_film(ctx, left)
    ends_at, number = time.monotonic() + params.seconds, 0
    while time.monotonic() < ends_at and not ctx.stopping:
        path = ctx.lasting / f"{token(ctx)}-{number}.txt"
        with path.open("w") as film:
            for _ in range(5):
                number += 1
                film.write(f"{token(ctx)}-{number}\n")
                film.flush()
                journal.filmed(f"{token(ctx)}-{number}")
                work(ctx, SLICE_S)
        _publish_film(ctx, path)
    return made(ctx)


def _publish_film(ctx: Context, path: Path) -> None:
    part = ctx.scratch / path.name  # its own: a published file is never written to again
    part.write_text(f"{ctx.job_id}\n{path.read_text()}")
    ctx.publish(path.name, part)
    if path.parent == ctx.lasting:
        path.unlink()


def _family(params: Params, ctx: Context) -> Result:
    """Ask for children, one of which other parents may have asked for too, and wait for all."""
    begin(ctx)
    asked = [Params(number=params.number * 100 + each, seconds=params.seconds) for each in range(params.times)]
    if params.shared is not None:
        asked.append(Params(number=params.shared, seconds=params.seconds))
    children = [ctx.submit(STEPS, each) for each in asked]
    return made(ctx, children=[child.result().data["token"] for child in children])


def _refused(params: Params, ctx: Context) -> Result:
    begin(ctx)
    raise PermanentError(f"number {params.number} cannot be done")


def _poison(params: Params, ctx: Context) -> Result:
    del params
    begin(ctx)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.abort()


def _hog(params: Params, ctx: Context) -> Result:
    """Hold the interpreter for at least `seconds`: one call of the regular expressions lets no other thread in."""
    begin(ctx)
    length = 8_000
    took_s = min(_backtrack(length) for _ in range(3))
    held_s = _backtrack(int(length * sqrt(1.5 * params.seconds / took_s)))
    return made(ctx, held_s=round(held_s, 1))


def _backtrack(length: int) -> float:
    """Let a pattern fail after length**2 / 2 steps; return the seconds that took."""
    began = time.monotonic()
    assert re.match("a*a*b", "a" * length) is None
    return time.monotonic() - began


def _deaf(params: Params, ctx: Context) -> Result:
    """Work in one go, and ask nobody."""
    begin(ctx)
    time.sleep(params.seconds)
    return made(ctx)


def _talk(params: Params, ctx: Context) -> Result:
    """Write a log of `times` lines of almost 4 KiB, and work on."""
    begin(ctx)
    for number in range(params.times):
        words = str(number % 10) * 1_850
        ctx.log("talk", number=number, words=words, more=words)
        if number % 100 == 99:  # so few at once that none is dropped
            work(ctx, 0.3)
    work(ctx, params.seconds)
    return made(ctx)


def _service(name: str, run: Callable[[Params, Context], Result], queue: Queue) -> Service[Params]:
    return Service(name, Params, run, queue=lambda params, _files: params.queue or queue)


QUICK = _service("quick", _steps, Queue.INTERACTIVE)
STEPS = _service("steps", _steps, Queue.CPU)
CACHED = _service("cached", _cached, Queue.CPU)
PROGRAM = _service("program", _program, Queue.DOWNLOADS)
FLAKY = _service("flaky", _flaky, Queue.DEFAULT)
LATER = _service("later", _later, Queue.DOWNLOADS)
RECORDING = _service("recording", _recording, Queue.RECORDING)
FILM = replace(_service("film", _film, Queue.RECORDING), rescue=lambda params: params)
FAMILY = _service("family", _family, Queue.DEFAULT)
REFUSED = _service("refused", _refused, Queue.DEFAULT)
POISON = _service("poison", _poison, Queue.CPU)
HOG = _service("hog", _hog, Queue.CPU)
DEAF = _service("deaf", _deaf, Queue.CPU)
TALK = _service("talk", _talk, Queue.DEFAULT)

ALL = (QUICK, STEPS, CACHED, PROGRAM, FLAKY, LATER, RECORDING, FILM, FAMILY, REFUSED, POISON, HOG, DEAF, TALK)


def entry_points() -> str:
    """Return what the plug-in's `entry_points.txt` says."""
    names = [f"{service.name} = {__name__}:{service.name.upper()}" for service in ALL]
    return "\n".join(["[mediamill.services]", *names, ""])
