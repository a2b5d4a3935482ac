"""The command line against a real server: one `up` for the whole file."""

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pytest

from mediamill.settings import without_settings
from mediamill.testing import eventually

VIETNAMESE = "Xin chào các bạn. Hôm nay trời đẹp."


@dataclass
class Server:
    """A running `mediamill up` and its surroundings."""

    process: subprocess.Popen[str]
    folder: Path
    environ: dict[str, str]
    welcome: str = ""

    @property
    def url(self) -> str:
        return (self.folder / "data/url").read_text().strip()

    def run(self, *words: str, stdin: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "mediamill.cli", *words],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environ | environ,
            timeout=90,
            check=False,
        )

    def ok(self, *words: str, stdin: str | None = None) -> str:
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Run `up` until the block is left, whatever happens in it."""
    environ = without_settings(os.environ) | {
        "MEDIAMILL_DATA_DIR": str(folder / "data"),
        "MEDIAMILL_DRAIN_SECONDS": "1",
    }
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediamill.cli", "up", "--port", "0", "--slots", "cpu=1,recording=0,downloads=0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=environ,
        )
    server = Server(process, folder, environ)
    assert process.stdout is not None
    with process:
        try:
            for line in process.stdout:
                server.welcome += line
                if "stop" in line:
                    break
            assert server.welcome, (folder / "up.log").read_text()[-3_000:]
            yield server
            process.terminate()
            process.wait(60)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("up")) as server:
        yield server


# ---- up


def test_the_welcome_says_where_the_server_and_the_key_are(server: Server) -> None:
    assert f"mediamill is ready at {server.url}" in server.welcome
    assert str(server.folder / "data/api-key") in server.welcome
    assert (server.folder / "data/api-key").read_text().strip() not in server.welcome


def test_a_second_up_on_the_folder_is_refused(server: Server) -> None:
    done = server.run("up", "--port", "0")
    assert done.returncode == 3
    assert f"in use by another mediamill (process {server.process.pid})" in done.stderr


def test_a_port_in_use_is_told(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    done = server.run("up", "--port", port, "--data-dir", str(tmp_path), MEDIAMILL_RUNTIME_DIR=str(tmp_path / "run"))
    assert done.returncode == 3
    assert f"port {port} is in use" in done.stderr


def test_secrets_are_in_no_command_line_and_keys_in_no_environment_of_children(server: Server) -> None:
    key = (server.folder / "data/api-key").read_text().strip()
    for child in server.descendants():
        assert key not in " ".join(child.cmdline())
        assert key not in Path(f"/proc/{child.pid}/environ").read_text(errors="replace")


@pytest.mark.parametrize("name", ["mm-keeper", "mm-interactive", "workers", "api", "valkey"])
def test_whatever_dies_comes_back_and_the_server_goes_on(server: Server, name: str) -> None:
    def found() -> psutil.Process:
        words = {"workers": "worker --quiet", "api": "api --fd", "valkey": "valkey-server"}
        for child in server.descendants():
            forked = child.name().startswith("mm-")
            if child.name() == name or (not forked and words.get(name, "?") in " ".join(child.cmdline())):
                return child
        raise LookupError(name)

    before = eventually(found, within_s=15)
    before.kill()
    eventually(lambda: found().pid != before.pid, within_s=15)
    done = server.run("submit", "speech", "--text", f"{VIETNAMESE} {name}", "--json", "--out", name)
    assert done.returncode == 0, done.stderr


# ---- submit


def test_submit_prints_paths_on_standard_output_and_progress_beside_it(server: Server) -> None:
    done = server.run("submit", "speech", "--text", VIETNAMESE, "--out", "plain")
    assert done.returncode == 0, done.stderr
    paths = [server.folder / line for line in done.stdout.splitlines()]
    assert {path.name for path in paths} == {"speech.mp3", "captions.srt", "captions.vtt", "cues.json"}
    assert all(path.stat().st_size for path in paths)
    assert "100 %" in done.stderr
    assert re.search(r"done in [\d.]+ s", done.stderr)


def test_submit_takes_a_file_a_text_on_standard_input_and_parameters(server: Server) -> None:
    (server.folder / "book.txt").write_text(VIETNAMESE, encoding="utf-8")
    from_file = json.loads(server.ok("submit", "speech", "book.txt", "--json", "--out", "f", "-p", "speed=1.5"))
    piped = json.loads(server.ok("submit", "speech", "-", "--json", "-p", "format=wav", stdin=VIETNAMESE))
    assert from_file["params"]["speed"] == 1.5
    assert "speech.wav" in [Path(path).name for path in piped["paths"]]
    assert {Path(path).parts[0] for path in piped["paths"]} == {f"speech-{piped['task_id'][-8:]}"}
    assert all((server.folder / path).is_file() for path in piped["paths"])


def test_a_script_is_fetched_changed_and_sent_back_for_a_video(server: Server) -> None:
    (server.folder / "page.md").write_text("# Bees\n\nBees dance.\n\n## Home\n\nThey fly.\n\n## End\n\nThey rest.\n")
    (path,) = server.ok("submit", "videos", "page.md", "-p", "stage=script", "--out", "script").split()
    script = json.loads((server.folder / path).read_text())
    script["title"] = "Of bees"
    (server.folder / path).write_text(json.dumps(script))
    quick = ("-p", "voice=espeak-en-us", "-p", "theme.name=dark", "-p", "aspect=1:1", "-p", "subtitle_style.size=1.2")
    told = server.run("submit", "videos", "-p", f"script=@{path}", *quick, "--out", "film")
    assert told.returncode == 0, told.stderr
    names = {"film/video.mp4", "film/captions.srt", "film/captions.vtt", "film/thumbnail.png", "film/script.json"}
    assert set(told.stdout.split()) == names
    assert json.loads((server.folder / "film/script.json").read_text())["title"] == "Of bees"
    assert re.search(r"composing: scene [1-3] of 3", told.stderr), "a fast one may be over between two looks"
    refused = server.run("submit", "videos", "-p", f"script=@{path}", "-p", "theme.name=neon")
    assert (refused.returncode, "theme.name" in refused.stderr) == (4, True)


def test_a_request_that_is_refused_says_which_parameter(server: Server) -> None:
    done = server.run("submit", "speech", "--text", "hi", "-p", "speed=9")
    assert done.returncode == 4
    assert "speed" in done.stderr
    assert "INVALID_INPUT" in done.stderr
    assert done.stdout == ""
    done = server.run("submit", "videos", "--text", "...")
    assert "refused: text: there is nothing to say" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("submit", "speech", "no-such.txt"), "add --text"),
        (("submit", "speech", "--text"), "--text wants the text"),
        (("submit", "speech", "--text", "hi", "-p", "speed"), "NAME=VALUE"),
        (("submit", "speech", "--file", "file=/no/such"), "there is no file"),
        (("submit", "speech", "--text", "hi", "--time-limit", "0"), "--time-limit"),
        (("jobs", "--status", "DONE"), "'DONE' is not one of"),
        (("worker", "--queues", "gpu"), "gpu is none of"),
        (("up", "--slots", "gpu=1"), "queue=number"),
    ],
)
def test_wrong_usage_is_code_2_with_what_is_wanted(server: Server, words: tuple[str, ...], told: str) -> None:
    done = server.run(*words)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr


def test_ctrl_c_leaves_the_job_running_and_says_how_to_go_on(server: Server) -> None:
    text = (Path(__file__).parents[2] / "examples/texts/long.md").read_text()
    with subprocess.Popen(
        [sys.executable, "-m", "mediamill.cli", "submit", "speech", "-", "-p", "speed=0.9"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=server.folder,
        env=server.environ,
    ) as following:
        assert following.stdin is not None
        assert following.stderr is not None
        following.stdin.write(text)
        following.stdin.close()
        assert "waiting for a worker" in following.stderr.readline()
        following.send_signal(signal.SIGINT)
        told = following.stderr.read()
        assert following.wait(30) == 130, told
    (task_id,) = re.findall(r"mediamill cancel (\S+)`", told)
    assert json.loads(server.ok("cancel", task_id, "--json"))["task_id"] == task_id
    eventually(lambda: json.loads(server.ok("jobs", task_id, "--json"))["status"] == "REVOKED", within_s=15)


# ---- jobs


def handed_in(server: Server, text: str, *words: str) -> str:
    return server.ok("submit", "speech", "--text", text, "--no-follow", *words).strip()


def test_jobs_are_listed_shown_and_told_of(server: Server) -> None:
    done = json.loads(server.ok("submit", "speech", "--text", "Một hai ba bốn.", "--json", "--out", "jobs"))
    task_id = done["task_id"]
    listed = [json.loads(line)["task_id"] for line in server.ok("jobs", "--json").splitlines()]
    assert listed[0] == task_id
    assert re.search(rf"{task_id}\s+speech\s+SUCCESS\s+100 %", server.ok("jobs", "-n", "3"))
    assert "speech.mp3" in server.ok("jobs", task_id)
    assert "speech.sentences" in server.ok("logs", task_id)
    assert json.loads(server.ok("logs", task_id, "--json", "-n", "1"))["attempt"] == 1
    assert server.ok("logs", "-f", task_id) == server.ok("logs", task_id)


def test_acting_on_jobs_tells_each_and_what_was_refused(server: Server) -> None:
    finished = json.loads(server.ok("submit", "speech", "--text", "Năm sáu bảy.", "--json", "--out", "acts"))["task_id"]
    nobody = "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"
    for act in ("cancel", "stop", "retry"):
        done = server.run(act, finished, nobody)
        assert done.returncode == 4
        assert finished in done.stderr
        assert f"{nobody}: there is no such job" in done.stderr


def test_the_files_of_jobs_are_fetched_as_one_archive(server: Server, tmp_path: Path) -> None:
    for text in ("Xin chào.", "Tạm biệt."):
        server.ok("submit", "speech", "-", stdin=text)
    ids = [
        json.loads(line)["task_id"]
        for line in server.ok("jobs", "--status", "SUCCESS", "--json", "-n", "2").splitlines()
    ]
    path = tmp_path / "a.zip"
    told = server.ok("archive", *ids, "--out", str(path))
    assert told.startswith(f"{path}  ")
    assert told.endswith(" MB of 2 jobs\n")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[0] for name in archive.namelist()} == set(ids)
    server.ok("archive", ids[0])
    assert zipfile.is_zipfile(server.folder / f"{ids[0]}.zip")
    refused = server.run("archive", ids[0], "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d", "-o", str(tmp_path / "b.zip"))
    assert refused.returncode == 4
    assert "JOB_NOT_FOUND" in refused.stderr


def test_a_job_that_did_not_succeed_is_code_1(server: Server) -> None:
    text = (Path(__file__).parents[2] / "examples/texts/long.md").read_text()
    task_id = server.ok("submit", "speech", "-", "--no-follow", "-p", "speed=0.8", stdin=text).strip()
    server.ok("cancel", task_id)
    eventually(lambda: json.loads(server.ok("jobs", task_id, "--json"))["status"] == "REVOKED", within_s=15)
    assert server.ok("retry", task_id).split() == [task_id, "PENDING"]
    with subprocess.Popen(
        [sys.executable, "-m", "mediamill.cli", "submit", "speech", "-", "-p", "speed=0.8"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=server.folder,
        env=server.environ,
    ) as following:
        assert following.stdin is not None
        assert following.stderr is not None
        following.stdin.write(text)  # the same request, so it joins the job
        following.stdin.close()
        following.stderr.readline()
        server.ok("cancel", task_id)
        assert following.wait(30) == 1
        assert "REVOKED: it was cancelled" in following.stderr.read()


# ---- access


def test_a_server_that_is_not_there_is_code_3_and_says_what_to_do(server: Server) -> None:
    done = server.run("jobs", "--url", "http://127.0.0.1:9")
    assert done.returncode == 3
    assert "Is `mediamill up` running?" in done.stderr


def test_a_wrong_key_is_code_4_and_is_not_shown(server: Server) -> None:
    done = server.run("jobs", MEDIAMILL_API_KEY="tiger-key")
    assert done.returncode == 4
    assert "UNAUTHENTICATED" in done.stderr
    assert "tiger" not in done.stderr


def test_doctor_finds_all_well_and_tells_scripts_so(server: Server) -> None:
    findings = {(line := json.loads(row))["what"]: line for row in server.ok("doctor", "--json").splitlines()}
    assert {"python", "settings", "data", "store", "speech", "slots", "api", "key"} <= set(findings)
    findings.pop("lexicon")  # WordNet is where it could be fetched when this machine was set up
    assert {finding["verdict"] for finding in findings.values()} == {"ok"}


def test_doctor_tells_of_a_paused_queue(server: Server) -> None:
    key = (server.folder / "data/api-key").read_text().strip()
    with httpx2.Client(base_url=server.url, headers={"X-API-Key": key}) as api:
        api.post("/queues/recording/pause").raise_for_status()
        try:
            told = server.ok("doctor")
        finally:
            api.post("/queues/recording/resume").raise_for_status()
    assert re.search(r"note +queues +recording is paused, 0 wait; `mediamill queues resume recording`", told)
    assert told.endswith("everything works; see what is noted above\n")


def test_doctor_says_what_is_bad(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = server.run("doctor", MEDIAMILL_DATA_DIR=str(tmp_path / "file"))
    assert done.returncode == 1
    assert re.search(r"BAD +data", done.stdout)
    outside = server.run("doctor", REDIS_URL="redis://127.0.0.1:9/0")
    assert re.search(r"BAD +store +REDIS_URL: the store cannot be reached", outside.stdout)
    assert "MEDIAMILL_SLOT is no setting" in server.run("doctor", MEDIAMILL_SLOT="x").stdout


# ---- the end


def test_ctrl_c_ends_everything_and_takes_the_url_back(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        eventually(lambda: {"mm-keeper", "mm-cpu"} <= {child.name() for child in server.descendants()}, within_s=30)
        processes = server.descendants()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
    assert not [child for child in processes if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not (tmp_path / "data/url").exists()
    assert "bye bye" in (tmp_path / "data/valkey/valkey.log").read_text()  # it was told to go, last
