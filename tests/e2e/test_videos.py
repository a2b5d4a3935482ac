"""Videos in the real stack: followed to the end, killed in the middle, cancelled while it encodes, refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
from PIL import Image
from tests.e2e.up import ROOT, Up, running

from mediamill.testing import eventually

QUICK = {"voice": "espeak-en-us", "speed": 2.0}
#: A second or more for each shot: every frame is another one.
SLOW = {"voice": "espeak-en-us", "zoom": True, "cfr": True}
SCENES = (
    ("The dance", "A bee that has found flowers tells the others by a dance."),
    ("The way", "She flies home, she dances, and then all of the others fly out."),
    ("The hour", "By noon the whole hive has heard of it, and the field is full of bees."),
    ("The end", "In the evening they all come home again, and nobody is missing."),
)
SCRIPT = {
    "title": "Bees",
    "language": "en",
    "scenes": [{"title": title, "narration": said, "content": f"- {title}"} for title, said in SCENES],
}
CREW = "mediamill.media.film.crew"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    server = Up(tmp_path_factory.mktemp("videos"))
    yield server
    server.stop()


def submitted(up: Up, params: dict[str, Any], file: tuple[str, bytes] | None = None) -> str:
    if file is None:
        answer = up.client.post("/videos", json=params)
    else:
        answer = up.client.post("/videos", data={"params": json.dumps(params)}, files={"file": file})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def job_of(up: Up, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
    return job


def finished(up: Up, job_id: str) -> dict[str, Any]:
    return eventually(lambda: (job := job_of(up, job_id))["ended_at"] and job, within_s=90)


def events(up: Up, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what the job tells until its end."""
    with up.client.stream("GET", f"/jobs/{job_id}/events") as stream:
        lines = [line.partition(": ")[2] for line in stream.iter_lines() if line.startswith(("event: ", "data: "))]
    return [(name, json.loads(data)) for name, data in zip(lines[::2], lines[1::2], strict=True)]


def counted(up: Up, job_id: str) -> list[dict[str, int]]:
    """Return how many steps each attempt that came to its end has found and made."""
    lines = [json.loads(line) for line in up.client.get(f"/jobs/{job_id}/logs").text.splitlines()]
    return [line["fields"] for line in lines if line["event"] == "attempt.cache"]


def crews(up: Up) -> list[psutil.Process]:
    """Return the processes that encode."""
    return [each for each in running(up.processes()) if CREW in each.cmdline()]


def encoding(up: Up, job_id: str, scene: int) -> None:
    """Wait until a job shoots that scene."""
    eventually(lambda: job_of(up, job_id)["stage"] == f"composing: scene {scene} of 4", within_s=60)
    assert crews(up)


def test_a_document_becomes_a_video_and_tells_how_far_it_is(up: Up, tmp_path: Path) -> None:
    page = (ROOT / "examples/documents/compound-interest.md").read_bytes()
    job_id = submitted(up, {**QUICK, "theme": {"name": "dark"}}, ("page.md", page))
    told = events(up, job_id)
    job = job_of(up, job_id)
    assert job["status"] == "SUCCESS", job
    progress = [data["progress"] for name, data in told if name == "progress"]
    assert progress == sorted(progress)
    stages = list(dict.fromkeys(data["stage"].partition(":")[0] for name, data in told if name == "progress"))
    assert [stage for stage in stages if stage in {"script", "voice", "pictures", "composing"}] == stages
    assert stages[-1] == "composing"
    previews = [data["name"] for name, data in told if name == "artifact"]
    scenes = len(job["data"]["scenes"])
    assert previews == ["preview/script.json", *(f"preview/scene-{n}.png" for n in range(1, scenes + 1))]
    names = [file["name"] for file in job["files"]]
    assert sorted(names) == ["captions.srt", "captions.vtt", "script.json", "thumbnail.png", "video.mp4"]
    video = tmp_path / "video.mp4"
    video.write_bytes(up.client.get(f"/jobs/{job_id}/files/video.mp4").content)
    with av.open(str(video)) as film:
        assert (film.duration or 0) / av.time_base == pytest.approx(job["data"]["duration_s"], abs=0.04)
        assert len(film.chapters()) == scenes
    head = up.client.get(f"/jobs/{job_id}/files/video.mp4", headers={"Range": "bytes=0-99"})
    assert (head.status_code, head.headers["content-type"]) == (206, "video/mp4")


def test_a_script_is_fetched_changed_and_sent_back_as_the_readme_does(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (ROOT / "src/mediamill/services/videos/README.md").read_text("utf-8")
    program = readme.partition("```python\nimport json\n")[2].partition("```\n")[0]
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (64, 32), "teal").save("logo.png")
    Path("page.md").write_text("# Bees\n\nBees dance when they come home.", encoding="utf-8")
    address = str(up.client.base_url).rstrip("/")
    program = program.replace("http://127.0.0.1:8000", address).replace("paper.pdf", "page.md")
    exec("import json\n" + program, {"KEY": up.client.headers["X-API-Key"]})  # noqa: S102 - of our own page
    names = {path.name for path in Path("out").iterdir()}
    assert names == {"script.json", "video.mp4", "captions.srt", "captions.vtt", "thumbnail.png"}
    assert json.loads(Path("out/script.json").read_text("utf-8"))["scenes"][0]["title"] == "A better title"


def test_a_worker_killed_while_it_encodes_costs_the_shot_that_it_was_at(up: Up) -> None:
    job_id = submitted(up, {**SLOW, "script": SCRIPT})
    encoding(up, job_id, 3)
    before = crews(up)
    for worker in up.workers():
        worker.kill()
    job = finished(up, job_id)
    assert (job["status"], job["attempt"]) == ("SUCCESS", 2)
    assert not running(before)
    sentences, pictures, sounds, shots = 4, 4, 4, 2
    assert counted(up, job_id) == [{"hits": sentences + pictures + sounds + shots, "made": shots}]


def test_a_cancel_kills_the_encoder(up: Up) -> None:
    job_id = submitted(up, {**SLOW, "script": SCRIPT, "fps": 30})
    encoding(up, job_id, 1)
    at_work = crews(up)
    up.client.delete(f"/jobs/{job_id}")
    eventually(lambda: job_of(up, job_id)["status"] == "REVOKED", within_s=10)
    assert not running(at_work)
    assert not list((up.folder / "scratch").glob(f"*/{job_id}/*"))


def pdf(content: str) -> bytes:
    """Return a PDF of one page."""
    stream = content.encode()
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    return (
        b"%PDF-1.4\n"
        + b"".join(b"%d 0 obj%s endobj\n" % each for each in enumerate(bodies, 1))
        + b"trailer<</Root 1 0 R>>"
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf("0 0 100 100 re f"), "NO_TEXT"),
        (b"%PDF-1.7\nnothing of the kind", "MALFORMED"),
    ],
)
def test_a_pdf_that_cannot_be_shown_fails_once_and_says_why(up: Up, content: bytes, code: str) -> None:
    job = finished(up, submitted(up, {}, ("page.pdf", content)))
    assert (job["status"], job["error_code"], job["attempt"]) == ("FAILURE", code, 1)
    assert job["error_message"]
