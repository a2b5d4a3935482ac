"""The client of a system: reads jobs from standard input, submits them, tells which were accepted.

One thread per submit, as in a web server: one that waits for the store delays no other. The standard library only.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

_AT_ONCE = 32


def serve(submit: Callable[[str, float], None]) -> None:
    """Answer each line `JOB SECONDS` with `JOB ok` or, when `submit` raises, with `JOB NameOfTheError`."""
    printing = Lock()

    def one(job: str, seconds: float) -> None:
        try:
            submit(job, seconds)
            told = "ok"
        except Exception as error:  # noqa: BLE001 - whatever a system's client raises, the job was refused
            told = type(error).__name__
        with printing:
            print(job, told, flush=True)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for line in sys.stdin:
            job, seconds = line.split()
            threads.submit(one, job, float(seconds))
