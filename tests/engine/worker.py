"""A process that runs attempts as a worker does, without Celery: each of its threads takes one job.

python -m tests.engine.worker REDIS_URL PREFIX FOLDER QUEUE THREADS

After SIGTERM it ends when its threads have ended, as a draining worker does.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from threading import Thread

from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Params, make_mill

from mediamill import Context, Later, Polls, Queue, Result, Service
from mediamill.media import programs
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts

NAP_S = 0.02


def ignore(mill: Mill, ctx: Context) -> None:
    """Work on and ask nobody, with a program beside it that nobody waits for."""
    token = mill.job(ctx.job_id).token
    assert token is not None
    program = programs.start(["sleep", "600"], cwd=ctx.scratch, limits=programs.Limits(wall_s=600), tag=token)
    mill.roster.note_program(token, program.pid)
    time.sleep(600)


def run(mill: Mill, params: Params, ctx: Context) -> Result:
    """Do what the text asks for."""
    ctx.log("running", pid=os.getpid())
    match params.text.split():
        case ["listen", *_]:  # works on, and asks whether it should
            while True:
                time.sleep(NAP_S)
                ctx.check()
        case ["record", *_]:  # as "listen", and leaves a file that only the next attempt can save
            (ctx.lasting / "000001.ts").write_text(f"filmed by attempt {ctx.attempt}")
            ctx.log("recorded")
            while True:
                time.sleep(NAP_S)
                ctx.check()
        case ["ignore", *_]:
            ignore(mill, ctx)
        case ["wait", *_]:  # for a look
            if ctx.polled().facts.get("live"):
                return Result()
            ctx.poll_in(60, {"looks": 0})
            raise Later(3_600, "nothing yet")
        case ["program", *_]:
            ctx.run("sleep", "600", timeout_s=600)
    return Result()


def look(mill: Mill, polls: Polls[Params]) -> None:
    """Look at jobs, ten at once, and write down which: the first five of each ten, while there is a file `hold`."""
    while due := polls.take(10):
        for number, each in enumerate(due):
            while number == 5 and (mill.folder / "hold").exists():
                time.sleep(NAP_S)
                polls.check()
            with (mill.folder / "looked").open("a") as told:
                told.write(f"{os.getpid()} {each.job_id}\n")
            if each.params.text.endswith("live"):
                polls.wake(each, {"live": True})
            else:
                polls.again(each, 600, {"looks": each.facts["looks"] + 1})


def main() -> None:
    url, prefix, folder, name, count = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in Celery's children
    going: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: going.append(1))
    queue = Queue(name)
    mill = make_mill(Scripts(connect(RedisSettings(url=url, prefix=prefix)), Keys(prefix), PLAIN_TICKET), Path(folder))
    service = Service("work", Params, partial(run, mill), queue=queue, poll=partial(look, mill))
    runner = mill.runner(service, queue=queue)

    def take() -> None:
        while not runner.take():
            time.sleep(NAP_S)

    threads = [Thread(target=take, daemon=True) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    while not going or any(thread.is_alive() for thread in threads):
        time.sleep(NAP_S)


if __name__ == "__main__":
    main()
