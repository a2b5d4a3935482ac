"""The Valkey that all systems share, each in a database of its own: killed for all of them at the same instant."""

import subprocess
from pathlib import Path

from bench.machine import until

from mediamill.cli import valkey


class Store:
    """A server with the settings of `mediamill up` (append-only file, `everysec`), and a TCP port as well."""

    def __init__(self, folder: Path, port: int) -> None:
        self._socket = folder / "v.sock"
        self._port = port
        self._argv = [*valkey.command(folder, self._socket), "--port", str(port), "--bind", "127.0.0.1"]
        self.start()

    def url(self, database: int) -> str:
        """Return where a system finds it."""
        return f"redis://127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: valkey.answers(self._socket))

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()
        self._process.wait()
