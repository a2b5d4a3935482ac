"""`mediamill up` as a user starts it, in a data folder of a test's own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
import psutil

from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
#: What a developer may have set for a server of their own; an empty value counts as not set.
UNSET = dict.fromkeys(
    (
        *("REDIS_URL", "CELERY_BROKER_URL", "API_KEYS", "S3_BUCKET", "MEDIAMILL_RUNTIME_DIR"),
        *("TTS_SERVICE_URL", "LLM_BASE_URL", "IMAGE_BASE_URL"),
    ),
    "",
)
QUEUES_OF_A_TEST = "interactive=1,cpu=1,default=1,downloads=0,recording=0"


class Up:
    """The server with all its processes, and a client with its admin key."""

    def __init__(
        self, folder: Path, *, slots: str = QUEUES_OF_A_TEST, path: str = "", environ: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mediamill.cli", "up", "--port", "0", "--slots", slots],
            cwd=folder,
            env={**os.environ, **UNSET, "PYTHONPATH": path, "MEDIAMILL_DATA_DIR": str(folder), **(environ or {})},
            stdout=subprocess.DEVNULL,
        )
        self.client = httpx2.Client(timeout=90)
        try:
            eventually(self._ready, within_s=60)
        except BaseException:
            self.kill()
            raise

    def _ready(self) -> bool:
        assert self.process.poll() is None, "`mediamill up` ended"
        self.client.base_url = (self.folder / "url").read_text().strip()
        self.client.headers["X-API-Key"] = (self.folder / "api-key").read_text().strip()
        return self.client.get("/ready").status_code == 200

    def processes(self) -> list[psutil.Process]:
        """Return everything that it has started and that runs now."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that serve queues; all are forks of one, but each has a name."""
        return [each for each in self.processes() if each.name().startswith("mm-") and each.name() != "mm-keeper"]

    def stop(self) -> None:
        """End it as Ctrl-C does, and wait until it has drained."""
        self.process.terminate()
        try:
            self.process.wait(45)
        finally:
            self.kill()

    def kill(self) -> None:
        """End `up` itself by SIGKILL."""
        self.client.close()
        self.process.kill()
        self.process.wait()


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run; a zombie does not."""
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
