"""API and workers apart, on a store of the operator's own, as on several machines."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from mediamill.cli.ports import ready
from mediamill.client import Client
from mediamill.settings import without_settings
from mediamill.store.pool import Client as Store
from mediamill.testing import eventually

KEY = "key-of-ann"


@pytest.fixture
def environ(valkey_url: str, client: Store, tmp_path: Path) -> Iterator[dict[str, str]]:
    prefix = f"fleet-{os.getpid()}:"
    yield without_settings(os.environ) | {
        "REDIS_URL": valkey_url,
        "API_KEYS": f"ann:{KEY}",
        "MEDIAMILL_KEY_PREFIX": prefix,
        "MEDIAMILL_DATA_DIR": str(tmp_path / "data"),
        "MEDIAMILL_RUNTIME_DIR": str(tmp_path / "run"),
    }
    client.run("DEL", *client.run("KEYS", f"{prefix}*"))


@contextmanager
def running(environ: dict[str, str], *words: str) -> Iterator[psutil.Popen]:
    with psutil.Popen([sys.executable, "-m", "mediamill.cli", *words], env=environ, stderr=subprocess.PIPE) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0
        finally:
            if process.poll() is None:
                process.kill()


def test_apis_and_workers_apart_do_a_job_on_a_store_of_the_operator_s_own(environ: dict[str, str]) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(running(environ, "api", "--port", "0", "--workers", "2"))
        worker = stack.enter_context(running(environ, "worker", "--queues", "interactive"))
        assert api.stderr is not None
        assert worker.stderr is not None
        url = api.stderr.readline().decode().split()[-1]
        assert worker.stderr.readline().endswith(b"serves interactive=1\n")
        second = subprocess.run(
            [sys.executable, "-m", "mediamill.cli", "worker"], env=environ, capture_output=True, check=False
        )
        assert second.returncode == 3
        assert b"is in use by another mediamill" in second.stderr

        eventually(lambda: not ready(url), within_s=30)
        assert len(api.children()) == 2
        for child in api.children():
            child.kill()
        # Nobody serves the port now, but it is open: whoever calls waits for the next process.
        with Client(url, KEY, retries=0) as client:
            accepted = client.submit("speech", {"text": "Xin chào các bạn."})
            job = client.wait(accepted.task_id, timeout_s=60)
        assert job.succeeded
