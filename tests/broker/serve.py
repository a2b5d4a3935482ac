"""A real Celery worker process for one queue, with a service that tests steer by its text.

python serve.py QUEUE REDIS_URL PREFIX FOLDER SLOTS DRAIN_S MEMORY_BYTES

It is loaded ahead as the file `warm` in FOLDER says: a word as for `run`, which may be missing; `warmed` there has
the processes that came to its end.
"""

import ctypes
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet
from tests.engine.mill import Params, make_mill

from mediamill import Context, Queue, Result, Service, logs
from mediamill.broker.tickets import template
from mediamill.broker.worker import run_worker
from mediamill.engine.registry import Found, Registry
from mediamill.engine.runner import Runner
from mediamill.settings import RedisSettings, WorkerSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts

KEPT: list[bytes] = []
FAMILY = 'setsid env -i PATH="$PATH" sh -c "trap \'\' INT TERM; sleep $1 & sleep $1" & sleep "$1"'
KEY = Fernet.generate_key().decode()


def run(params: Params, ctx: Context) -> Result:  # noqa: C901 - a word for each way to behave
    """Say hello, or do what the text asks for."""
    words = params.text.split()
    ctx.log("running", pid=os.getpid())
    match words:
        case ["listen", seconds]:  # works on, and asks whether it should
            for _ in range(int(float(seconds) * 20)):
                time.sleep(0.05)
                ctx.check()
        case ["ignore", seconds]:  # works on and asks nobody
            time.sleep(float(seconds))
        case ["spin", seconds]:  # the same, in Python's own loop
            until = time.monotonic() + float(seconds)
            while time.monotonic() < until:
                pass
        case ["hold", seconds]:  # the same, in C that keeps the interpreter's lock
            ctypes.PyDLL(None).sleep(int(seconds))
        case ["program", seconds]:
            ctx.run("sleep", seconds, timeout_s=600)
        case ["grow", mib, seconds]:  # keeps what it took when it ends
            KEPT.append(bytes(int(mib) << 20).replace(b"\0", b"1"))
            time.sleep(float(seconds))
        case ["family", seconds]:  # with a grandchild in a session of its own that knows nothing of us, and its child
            ctx.run("sh", "-c", FAMILY, "sh", seconds, timeout_s=600)
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
    path = ctx.scratch / "pid.txt"
    path.write_text(str(os.getpid()))
    return Result(files={"pid.txt": path}, data={"pid": os.getpid()})


def warm(folder: Path) -> None:
    """Do what the file asks for, once in each process."""
    match (folder / "warm").read_text() if (folder / "warm").exists() else "":
        case "raise":
            raise RuntimeError("no model")
        case "die":
            with (folder / "died").open("a") as died:
                died.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        case "slow":  # longer than the pool gives a child to come up
            time.sleep(5)
    with (folder / "warmed").open("a") as warmed:
        warmed.write(f"{os.getpid()}\n")


def main() -> None:
    """Serve one queue until SIGTERM."""
    queue, url, prefix, folder, slots, drain_s, memory = Queue(sys.argv[1]), *sys.argv[2:]
    logs.configure("INFO")
    redis = RedisSettings(url=url, prefix=prefix)
    worker = WorkerSettings(
        runtime=Path(folder) / "run", machine="here", slots={queue: int(slots)}, drain_s=float(drain_s)
    )
    pid, memory_bytes = os.getpid(), int(memory) or None

    def make_runner() -> Runner:
        mill = make_mill(Scripts(connect(redis), Keys(prefix), template()), Path(folder))
        service = Service("work", Params, run, queue=queue, warm=partial(warm, Path(folder)))
        registry = Registry({"work": Found(service, "tests", ())})
        return Runner(
            mill.tools,
            registry,
            mill.vault,
            mill.scratch,
            queue=queue,
            machine="here",
            worker_pid=pid,
            memory_bytes=memory_bytes,
        )

    run_worker(queue, redis, worker, make_runner, memory_bytes=memory_bytes)


if __name__ == "__main__":
    main()
