"""A Valkey of the tests' own: it may be killed at any moment, and started again on its folder."""

import os
import signal
import subprocess
from pathlib import Path

from mediamill.cli import valkey
from mediamill.testing import eventually


class Server:
    """The server that `up` starts, but for its syncs: what it has answered is in its file.

    With `everysec` it answers while a sync of the file runs, and writes what it answered when the sync is over,
    on a busy disk 2 s later: killed in between, it has forgotten what a test relies on. With `no` every write is
    handed to the kernel before its answer; nothing here has to outlive the machine.
    """

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "v.sock"
        self.url = f"unix://{self.socket}"
        self._argv = [*valkey.command(folder, self.socket), "--appendfsync", "no"]
        self.start()

    def start(self) -> None:
        """Start it, the first time or after `kill`; it takes commands when this returns."""
        self.process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)
        try:
            eventually(lambda: valkey.answers(self.socket), within_s=10)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """End it as `up` does."""
        self.process.terminate()
        self.process.wait(10)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)
