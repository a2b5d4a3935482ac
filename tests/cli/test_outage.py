"""`mediamill api` whose Redis is away: what it accepts outlives it, and the next one hands it on."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest
from cryptography.fernet import Fernet

from mediamill.cli import valkey
from mediamill.client import Client
from mediamill.core.queues import Queue
from mediamill.settings import SpoolSettings, without_settings
from mediamill.store.spool import Entry, Spool
from mediamill.testing import eventually

KEY = "key-of-ann"


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "v.sock"


@pytest.fixture
def environ(socket: Path, tmp_path: Path) -> dict[str, str]:
    return without_settings(os.environ) | {
        "REDIS_URL": f"unix://{socket}",
        "API_KEYS": f"ann:{KEY}",
        "MEDIAMILL_SECRET_KEYS": Fernet.generate_key().decode(),
        "MEDIAMILL_DATA_DIR": str(tmp_path / "data"),
        "MEDIAMILL_RUNTIME_DIR": str(tmp_path / "run"),
    }


@contextmanager
def api(environ: dict[str, str]) -> Iterator[tuple[httpx2.Client, psutil.Popen]]:
    """Two API processes on one port."""
    argv = [sys.executable, "-m", "mediamill.cli", "api", "--port", "0", "--workers", "2"]
    with psutil.Popen(argv, env=environ, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().decode().split()[-1]
            # A connection of its own for each request: who kept one would hear of a killed process.
            fresh = httpx2.Limits(max_keepalive_connections=0)
            with httpx2.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=30, limits=fresh) as client:
                eventually(lambda: client.get("/healthz").status_code == 200, within_s=30)
                yield client, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def ask(client: httpx2.Client, number: int) -> str:
    answer = client.post("/speech", json={"text": f"Number {number}."})
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted_via"] == "spool"
    return str(answer.json()["task_id"])


def test_what_was_accepted_without_a_store_outlives_the_apis_and_becomes_jobs_in_order(
    environ: dict[str, str], socket: Path, tmp_path: Path
) -> None:
    with api(environ) as (client, process):
        ids = [ask(client, number) for number in range(20)]
        assert client.get("/ready").json()["status"] == "degraded"
        for child in process.children():
            child.kill()
        ids += [ask(client, number) for number in range(20, 25)]  # the next processes know the same spool
        assert client.get(f"/jobs/{ids[0]}").json()["status"] == "PENDING"
        api_found = found_by_doctor(environ, "--url", str(client.base_url))
        assert [each["verdict"] for each in api_found if each["what"] == "api"] == ["note", "bad"]
        assert "spool until Redis answers" in api_found[-1]["words"]  # and nothing about a key that nobody can check
    told = doctor(environ)
    assert ("note", True) in {(each["verdict"], "25 requests wait" in each["words"]) for each in told}
    server = subprocess.Popen(valkey.command(socket.parent, socket), stdout=subprocess.DEVNULL)
    try:
        with api(environ) as (client, _):
            eventually(lambda: len(client.get("/jobs?limit=100").json()["jobs"]) == 25, within_s=20)
            listed = [job["task_id"] for job in client.get("/jobs?limit=100").json()["jobs"]]
            assert listed == ids[::-1]
            assert eventually(lambda: client.get("/ready").json()["status"] == "ok")
    finally:
        server.kill()
        server.wait(10)
    assert (tmp_path / "data/spool").stat().st_mode & 0o777 == 0o700


def test_with_the_spool_off_nothing_is_accepted(environ: dict[str, str], tmp_path: Path) -> None:
    with api({**environ, "ENABLE_SPOOL": "no"}) as (client, _):
        answer = client.post("/speech", json={"text": "Hello."})
        assert (answer.status_code, answer.json()["error_code"]) == (503, "UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0
        ready = client.get("/ready")
        assert (ready.status_code, "spool" in ready.json()) == (503, False)
    assert not (tmp_path / "data/spool").exists()


def test_who_hands_in_a_job_hears_that_the_server_keeps_it(environ: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "mediamill.cli", "submit", "speech", "--text", "Hello.", "--no-follow"]
    with api(environ) as (client, _):
        url = str(client.base_url)
        done = subprocess.run(
            [*argv, "--url", url, "--api-key", KEY], env=environ, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stderr == "accepted; the server keeps it until its store is back\n"
        with Client(url, KEY) as ours:
            accepted = ours.submit("speech", {"text": "Hello."})
    assert (accepted.task_id, accepted.accepted_via) == (done.stdout.strip(), "spool")


def test_doctor_says_that_durable_does_nothing_to_a_redis_of_ones_own(environ: dict[str, str]) -> None:
    def stores(**more: str) -> list[dict[str, str]]:
        return [each for each in found_by_doctor({**environ, **more}) if each["what"] == "store"]

    noted, _ = stores(MEDIAMILL_DURABLE="always")
    assert noted["verdict"] == "note"
    assert "MEDIAMILL_DURABLE=always has no effect" in noted["words"]
    assert [each["verdict"] for each in stores()] == ["bad"]  # the Redis is away, and that is all


def found_by_doctor(environ: dict[str, str], *words: str) -> list[dict[str, str]]:
    argv = [sys.executable, "-m", "mediamill.cli", "doctor", "--json", *words]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def doctor(environ: dict[str, str]) -> list[dict[str, str]]:
    return [each for each in found_by_doctor(environ) if each["what"] == "spool"]


def test_doctor_says_what_was_set_aside_and_why(environ: dict[str, str], tmp_path: Path) -> None:
    assert [each["verdict"] for each in doctor(environ)] == ["ok"]
    spool = Spool(SpoolSettings(tmp_path / "data/spool"))
    for number in range(12):
        spool.accept(Entry(f"job-{number:02d}", "ann", "speech", Queue.CPU, None, "h", b"?", 0))
    for kept in spool.oldest(12, 2**20):
        spool.refuse(kept, "encrypted with another key")
    spool.close()
    found = doctor(environ)
    assert [each["verdict"] for each in found] == ["ok", *["bad"] * 11]
    assert "job-00 was not taken and is set aside: encrypted with another key" in found[1]["words"]
    assert found[-1]["words"] == "and 2 more"
    (tmp_path / "data/spool/spool.db").write_bytes(b"spoilt" * 500)
    assert [each["verdict"] for each in doctor(environ)] == ["bad"]
