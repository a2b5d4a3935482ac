"""An idle `mediamill up`: memory and CPU of everything it runs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from bench.machine import folder, pss_mib, table, tree, until

SETTLE_S = 20.0
WATCH_S = 30.0


def main() -> str:
    """Return the table."""
    with folder() as path:
        environment = {**os.environ, "MEDIAMILL_DATA_DIR": str(path / "data")}
        up = psutil.Popen(
            [sys.executable, "-m", "mediamill.cli", "up", "--port", "0"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until((path / "data" / "url").exists)
            time.sleep(SETTLE_S)
            before, started = _cpu(up.pid), time.monotonic()
            time.sleep(WATCH_S)
            cpu = (_cpu(up.pid) - before) / (time.monotonic() - started)
            rows = [[named(member), f"{member.memory_full_info().pss / 2**20:.0f}"] for member in tree(up.pid)]
            total = pss_mib(up.pid)
        finally:
            up.terminate()
            up.wait(30)
    return table(
        "Idle `mediamill up`, every queue served",
        [
            ["what", "measured", "target"],
            ["memory of everything (PSS), MiB", f"{total:.0f}", "<= 500"],
            ["CPU, % of one core", f"{cpu * 100:.2f}", "<= 2"],
            ["processes", len(rows), ""],
        ],
    ) + table("The same, by process (PSS, MiB)", [["process", "MiB"], *rows])


def _cpu(pid: int) -> float:
    return sum(member.cpu_times().user + member.cpu_times().system for member in tree(pid))


def named(member: psutil.Process) -> str:
    """Return what a process calls itself, or its command."""
    if not member.name().startswith("python"):
        return str(member.name())
    words = [Path(word).name for word in member.cmdline()[1:] if not word.startswith("-")]
    return " ".join(words[:2])


if __name__ == "__main__":
    print(main())
