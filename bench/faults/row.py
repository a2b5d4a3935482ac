"""One row: all systems beside each other under one load and one fault."""

import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

from bench.faults.injected import Fault
from bench.faults.plan import Scale, plan, trickle
from bench.faults.score import Score
from bench.faults.stage import Stage, on_stage, site
from bench.faults.store import Store
from bench.faults.systems import SYSTEMS

_TICK_S = 0.02


def run(fault: Fault, names: Sequence[str], scale: Scale, seed: int, folder: Path) -> dict[str, Score]:
    """Start everything anew, load it, break it, wait until it rests; return the scores by system."""
    with ExitStack() as stack:
        store = Store(folder, _free_port())
        stack.callback(store.kill)
        stages = []
        for database, name in enumerate(names):
            place = site(folder, name, store.url(database), scale.longest_s)
            stages.append(stack.enter_context(on_stage(stack.enter_context(SYSTEMS[name](place)), place)))
        for stage in stages:
            stage.warm()
        _load(fault, stages, store, scale, seed)
        return {stage.system.name: Score.of(stage) for stage in stages}


def _load(fault: Fault, stages: Sequence[Stage], store: Store, scale: Scale, seed: int) -> None:
    """Submit by the plan, inject the fault on time, go on with a thin stream until nothing more is to come."""
    began = time.monotonic()
    injector = Thread(target=_inject, args=(fault, stages, store, began + scale.fault_s))
    injector.start()
    jobs = iter(plan(scale, seed))
    ahead = next(jobs, None)
    later = 0
    while not _rests(stages, scale, time.monotonic() - began, busy=injector.is_alive() or ahead is not None):
        now_s = time.monotonic() - began
        while ahead is not None and ahead.at_s <= now_s:
            for stage in stages:
                stage.submit(ahead)
            ahead = next(jobs, None)
        # The stream ends a while before we stop looking, so that its last job can be done.
        if ahead is None and now_s > scale.load_s + later and now_s < scale.fault_s + scale.bound_s - scale.load_s:
            for stage in stages:
                stage.submit(trickle(scale, later))
            later += 1
        time.sleep(_TICK_S)
    injector.join()


def _inject(fault: Fault, stages: Sequence[Stage], store: Store, at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
    if fault.inject:
        fault.inject(stages, store)


def _rests(stages: Sequence[Stage], scale: Scale, now_s: float, *, busy: bool) -> bool:
    """Whether every accepted job is done and has been watched long enough, or the bound is reached."""
    since_s = now_s - scale.fault_s
    if busy or since_s < scale.seen_s:
        return False
    if since_s >= scale.bound_s:
        return True
    return not any(stage.undone() for stage in stages)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
    return number
