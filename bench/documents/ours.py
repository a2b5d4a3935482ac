"""One worker's jobs, one after another: `python -m bench.documents.ours [audio=1] PDF ...` prints what each used.

Each job has a cache of its own, so that none finds what another has read; the process is warm from the second on. What
is loaded before the first is kept from the garbage collector, as in every worker (cli/nursery.py).
"""

import gc
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from mediamill.services.documents import run
from mediamill.services.documents.params import Params
from mediamill.testing import FakeContext


def main() -> None:
    """Do the jobs; print a list of facts of each, in JSON."""
    gc.collect()
    gc.freeze()
    options = [word for word in sys.argv[1:] if "=" in word]
    told = []
    for path in sys.argv[1 + len(options) :]:
        with tempfile.TemporaryDirectory(prefix="mmb-") as folder:
            began, used_s = time.perf_counter(), _used_s()
            ctx = FakeContext(Path(folder), inputs={"file": Path(path)})
            result = run(Params(audio="audio=1" in options), ctx)
            told.append(
                {
                    "cpu_s": _used_s() - used_s,
                    "wall_s": time.perf_counter() - began,
                    "cards": result.data["cards"],
                    "phrases": result.data["phrases"],
                    "words": result.data["words"],
                }
            )
    print(json.dumps(told))


def _used_s() -> float:
    """Return the CPU seconds of this process, and of all that it started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
