"""The faults: the same for all systems, at the same time. Each returns when it is over."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.faults.stage import Stage
from bench.faults.store import Store

_STOPPED_S = 15.0
_KILLED_S = 2.0
_OUTAGE_S = 10.0

Inject = Callable[[Sequence[Stage], Store], None]


@dataclass(frozen=True)
class Fault:
    """One row. inject: None means that nothing happens."""

    name: str
    told: str
    inject: Inject | None = None


def _each(strike: Callable[[Stage], None]) -> Inject:
    """Return a fault that hits all systems side by side."""

    def inject(stages: Sequence[Stage], store: Store) -> None:
        del store
        with ThreadPoolExecutor(len(stages)) as threads:
            list(threads.map(strike, stages))

    return inject


def _kill_worker(stage: Stage) -> None:
    unit = stage.busiest()
    stage.struck(unit.pids())
    unit.kill()


def _kill_child(stage: Stage) -> None:
    """Kill a pool process that runs a long job, or any job. A system whose slots are not processes is spared."""
    unit = stage.busiest()
    children = unit.pids() - {unit.pid}
    running = [(not job.startswith("long"), run.pid) for job, run in stage.journal.open_runs() if run.pid in children]
    if running:
        pid = min(running)[1]
        stage.struck(frozenset({pid}))
        os.kill(pid, signal.SIGKILL)


def _roll(stage: Stage) -> None:
    """Restart both workers, the second when the first is back."""
    for unit in stage.units:
        stage.struck(unit.pids())
        unit.restart()
        time.sleep(2)


def _stop_worker(stage: Stage) -> None:
    unit = stage.busiest()
    stage.struck(unit.pids())
    unit.stop(signal.SIGSTOP)
    time.sleep(_STOPPED_S)
    unit.stop(signal.SIGCONT)


def _without_store(seconds: float) -> Inject:
    def inject(stages: Sequence[Stage], store: Store) -> None:
        for stage in stages:
            stage.struck(frozenset(pid for unit in stage.units for pid in unit.pids()))
        store.kill()
        time.sleep(seconds)
        store.start()
        for stage in stages:
            stage.returned_at = time.time()

    return inject


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("none", "none"),
        Fault("worker-kill", "kill -9 of a whole worker", _each(_kill_worker)),
        Fault("child-kill", "kill -9 of one pool process", _each(_kill_child)),
        Fault("rolling-restart", "rolling restart (SIGTERM)", _each(_roll)),
        Fault("worker-stop", f"SIGSTOP of a worker for {_STOPPED_S:g} s", _each(_stop_worker)),
        Fault("valkey-kill", f"kill -9 of Valkey, back after {_KILLED_S:g} s", _without_store(_KILLED_S)),
        Fault("outage", f"Valkey away for {_OUTAGE_S:g} s", _without_store(_OUTAGE_S)),
    )
}
