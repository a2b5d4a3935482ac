import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from tests.broker.machine import Worker

from mediamill import Queue
from mediamill.settings import RedisSettings
from mediamill.testing import eventually


@pytest.fixture
def flower(redis_settings: RedisSettings, tmp_path: Path) -> Iterator[str]:
    """A real Flower; yields its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "REDIS_URL": redis_settings.url,
        "MEDIAMILL_KEY_PREFIX": redis_settings.prefix,
        "MEDIAMILL_DATA_DIR": str(tmp_path / "data"),
        "FLOWER_UNAUTHENTICATED_API": "true",
    }
    command = [sys.executable, "-m", "celery", "-A", "mediamill.broker.monitor", "flower"]
    server = subprocess.Popen([*command, "--address=127.0.0.1", f"--port={port}"], env=environment, cwd=tmp_path)
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


def test_flower_shows_the_slots(redis_settings: RedisSettings, flower: str, tmp_path: Path) -> None:
    worker = Worker(Queue.DEFAULT, redis_settings, tmp_path, slots=3)

    def shown() -> dict[str, Any] | None:
        try:
            with urlopen(f"{flower}/api/workers?refresh=1", timeout=5) as answer:  # noqa: S310 - a loopback http URL
                workers: dict[str, Any] = json.load(answer)
        except (URLError, TimeoutError):
            return None
        return workers.get("default@here")

    try:
        found = eventually(shown, within_s=30)
        assert found is not None
        assert found["stats"]["pool"]["max-concurrency"] == 3
        assert [queue["name"] for queue in found["active_queues"]] == ["default"]
    finally:
        worker.close()
