"""Ten thousand jobs in line when the workers start."""

import time

from tests.faults import services
from tests.faults.row import Ground, Row
from tests.faults.stack import Shape

from mediamill.core.queues import Queue
from mediamill.engine.submit import Ask
from mediamill.testing import eventually

WAITING = 10_000
SLOTS = {Queue.INTERACTIVE: 1, Queue.CPU: 2, Queue.DEFAULT: 8, Queue.DOWNLOADS: 4, Queue.RECORDING: 50}
#: Connections to Valkey of two machines: per slot its own and a pub/sub, per worker Celery's, per keeper a few.
CONNECTIONS = 2 * (2 * sum(SLOTS.values()) + 12 * len(SLOTS))
DONE_WITHIN_S = 240.0


def _herd(ground: Ground) -> None:
    queues = list(SLOTS)
    for machine in ground.stack.machines:
        machine.stop()
    for number in range(WAITING):
        params = services.Params(number=number, seconds=0, queue=queues[number % len(queues)])
        submitted = ground.house.submitter.submit(Ask(service=services.QUICK, params=params, owner="ann"))
        ground.book.accept(submitted.id, "quick", "ann", time.time())
    with ground.fault(f"all workers start while {WAITING} jobs wait"):
        began = time.time()
        for machine in ground.stack.machines:
            machine.start()
        most = _connections_until_done(ground)
        took_s = time.time() - began
        ground.recovered(min(run.at for run in ground.stack.journal.runs(since=began)) - began)
        ground.say(f"{WAITING} in {took_s:.0f} s, {most} connections at most")
        assert most <= CONNECTIONS, f"{most} connections"


def _connections_until_done(ground: Ground) -> int:
    """Wait until nothing waits; return the most connections that Valkey had meanwhile."""
    most = 0

    def done() -> bool:
        nonlocal most
        most = max(most, int(ground.store.run("INFO", "clients")["connected_clients"]))
        return not any(ground.store.run("ZCARD", ground.key("ages", queue)) for queue in SLOTS)

    eventually(done, within_s=DONE_WITHIN_S * ground.margin)
    return most


_SLOTS = ",".join(f"{queue}={slots}" for queue, slots in SLOTS.items())

ROWS = (
    Row(
        "herd",
        "10,000 waiting jobs and a fleet that starts: bounded connections, all done",
        _herd,
        Shape(machines=2, slots=_SLOTS),
    ),
)
