"""Two API processes on one store and one folder: a request that comes to both at once is one job."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from threading import Barrier

import httpx2
import pytest
from tests.web.parts import UNKNOWN_ID

from mediamill.cli.ports import ready
from mediamill.settings import without_settings
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
AT_ONCE = 50
OWNERS = ("ann", "bob")


@dataclass(frozen=True)
class Twins:
    """Two servers and the folder that both use."""

    urls: tuple[str, str]
    folder: Path

    def client(self, number: int, owner: str = "ann") -> httpx2.Client:
        signed = {"X-API-Key": f"key-of-{owner}"}
        return httpx2.Client(base_url=self.urls[number % 2], headers=signed, timeout=60, verify=False)  # no TLS to load

    def at_once(self, body: dict[str, object], owner: str = "ann", **headers: str) -> list[httpx2.Response]:
        """Send one request fifty times, to one server and the other in turn, all at the same moment."""
        start = Barrier(AT_ONCE)

        def send(number: int) -> httpx2.Response:
            with self.client(number, owner) as client:
                client.get("/healthz")  # it is connected
                start.wait(30)
                return client.post("/shout", headers=headers, **body)  # type: ignore[arg-type]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(send, range(AT_ONCE)))

    def uploads(self) -> list[str]:
        """Return the job of each stored upload; what is on its way in is in no job's folder."""
        files = [*self.folder.rglob("uploads/**/*"), *self.folder.rglob("staging/**/*")]
        return [path.parent.name for path in files if path.is_file()]


@contextmanager
def api(environ: dict[str, str]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    argv = [sys.executable, "-m", "mediamill.cli", "api", "--port", url.rpartition(":")[2]]
    with subprocess.Popen(argv, env=environ, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            eventually(lambda: not ready(url), within_s=30)
            yield url
            process.terminate()
            process.wait(30)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def twins(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Both with the test service `shout` plugged in; nobody works, so that jobs wait."""
    folder = tmp_path_factory.mktemp("twins")
    plug = folder / "plug" / "twins_shout-0.dist-info"
    plug.mkdir(parents=True)
    (plug / "METADATA").write_text("Metadata-Version: 2.1\nName: twins-shout\nVersion: 0\n")
    (plug / "entry_points.txt").write_text("[mediamill.services]\nshout = tests.web.parts:SHOUT\n")
    environ = without_settings(os.environ) | {
        "PYTHONPATH": os.pathsep.join([str(plug.parent), str(ROOT)]),
        "REDIS_URL": valkey_url,
        "API_KEYS": ",".join(f"{owner}:key-of-{owner}" for owner in OWNERS),
        "MEDIAMILL_KEY_PREFIX": f"twins-{os.getpid()}:",
        "MEDIAMILL_DATA_DIR": str(folder / "data"),
    }
    with ExitStack() as stack:
        urls = [
            stack.enter_context(api(environ | {"MEDIAMILL_RUNTIME_DIR": str(folder / name)})) for name in ("one", "two")
        ]
        yield Twins((urls[0], urls[1]), folder / "data")


def ids(answers: list[httpx2.Response]) -> set[str]:
    assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers]
    return {answer.json()["task_id"] for answer in answers}


@pytest.mark.parametrize("key", [None, "one-key"])
def test_fifty_at_once_are_one_job_and_another_owners_another(twins: Twins, key: str | None) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    body: dict[str, object] = {"json": {"text": f"fifty with {key}"}}
    anns, bobs = (twins.at_once(body, owner, **headers) for owner in OWNERS)
    assert len(ids(anns)) == len(ids(bobs)) == 1
    assert ids(anns) != ids(bobs)
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in anns]
    assert replayed.count("true") == (AT_ONCE - 1 if key else 0)
    with twins.client(0) as client:
        listed = [job["task_id"] for job in client.get("/jobs").json()["jobs"]]
    assert len(ids(anns) & set(listed)) == 1


@pytest.mark.parametrize("key", [None, "file-key"])
def test_of_fifty_uploads_one_is_kept(twins: Twins, key: str | None) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    before = twins.uploads()
    answers = twins.at_once({"files": {"file": ("a.txt", f"words with {key}".encode())}}, **headers)
    [job_id] = ids(answers)
    assert sorted(twins.uploads()) == sorted([*before, job_id])


def test_a_key_with_fifty_different_requests_is_one_job_and_refusals(twins: Twins) -> None:
    start, servers = Barrier(AT_ONCE), cycle(range(2))

    def send(number: int) -> httpx2.Response:
        with twins.client(next(servers)) as client:
            start.wait(30)
            return client.post("/shout", json={"text": f"{number}"}, headers={"Idempotency-Key": "contested"})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert sorted(answer.status_code for answer in answers) == [202] + [422] * (AT_ONCE - 1)
    assert {a.json()["error_code"] for a in answers if a.status_code != 202} == {"IDEMPOTENCY_KEY_REUSED"}


def test_a_key_is_answered_as_before_after_its_job_was_cancelled_and_removed(twins: Twins) -> None:
    headers = {"Idempotency-Key": "removed"}
    with twins.client(0) as here, twins.client(1) as there:
        first = here.post("/shout", json={"text": "gone soon"}, headers=headers).json()
        assert there.delete(f"/jobs/{first['task_id']}").json()["status"] == "REVOKED"
        again = here.post("/shout", json={"text": "gone soon"}, headers=headers)
        assert (again.json()["task_id"], again.json()["status"]) == (first["task_id"], "REVOKED")
        assert there.delete(f"/jobs/{first['task_id']}", params={"purge": "true"}).status_code == 204
        for client in (here, there):
            again = client.post("/shout", json={"text": "gone soon"}, headers=headers | {"Prefer": "wait=30"})
            assert (again.status_code, again.json()) == (202, first)
            assert again.headers["Idempotent-Replayed"] == "true"
            assert client.get(f"/jobs/{first['task_id']}").json()["error_code"] == "JOB_NOT_FOUND"
        other = there.post("/shout", json={"text": "gone soon"}).json()
        assert other["task_id"] not in {first["task_id"], UNKNOWN_ID}


def test_a_repeat_at_one_server_never_joins_what_another_cancels(twins: Twins) -> None:
    """What is joined while it is cancelled was joined before; the next one that asks gets a job that lives."""
    with twins.client(0) as here, twins.client(1) as there, ThreadPoolExecutor(2) as pool:
        for number in range(20):
            body = {"text": f"cancelled while repeated {number}"}
            first = here.post("/shout", json=body).json()["task_id"]
            cancelling = pool.submit(here.delete, f"/jobs/{first}")
            there.post("/shout", json=body)
            assert cancelling.result().json()["status"] == "REVOKED"
            after = there.post("/shout", json=body).json()["task_id"]
            assert after != first
            assert here.get(f"/jobs/{after}").json()["status"] == "PENDING"
