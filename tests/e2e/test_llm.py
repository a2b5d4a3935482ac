"""Videos that others help to make: a language model writes, a server draws; well, and not at all."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from tests.e2e.up import Up
from tests.media.llm.talkers import Talker, saying, talker
from tests.media.loopback import Asked, Host, answering, hanging, raw, status

from mediamill.testing import eventually

KEY = "sk-tiger-0123456789"
SCENES = [
    {"title": title, "narration": f"{title} is what bees do all day long.", "visual": "slide", "content": f"- {title}"}
    for title in ("Dancing", "Flying", "Sleeping")
]
SCRIPT = {"title": "How bees live", "language": "en", "scenes": SCENES}
#: Fewer of those than there are in a scene of ours: it is drawn from it, or it is not.
TEAL = (15, 118, 110)


def drawn() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1536, 1024), TEAL).save(file, "JPEG")
    return json.dumps({"data": [{"b64_json": base64.b64encode(file.getvalue()).decode()}]}).encode()


@pytest.fixture(scope="module")
def author() -> Iterator[Talker]:
    with talker(SCRIPT) as author:
        yield author


@pytest.fixture(scope="module")
def artist() -> Iterator[Host[Asked]]:
    with answering("/v1/images/generations", raw("application/json", drawn())) as artist:
        yield artist


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, author: Talker, artist: Host[Asked]) -> Iterator[Up]:
    up = Up(
        tmp_path_factory.mktemp("up"),
        environ={
            "LLM_BASE_URL": author.url,
            "LLM_API_KEY": KEY,
            "LLM_MODEL": "zoo-1",
            "IMAGE_BASE_URL": f"{artist.url}/v1",
            "IMAGE_API_KEY": KEY,
            "IMAGE_MODEL": "draw-1",
        },
    )
    yield up
    up.stop()


def submitted(up: Up, **params: object) -> str:
    answer = up.client.post("/videos", json={"voice": "espeak-en-us", "speed": 2.0, **params})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def finished(up: Up, job_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
        return job if job["ended_at"] else None

    return eventually(ended, within_s=60) or {}


def told_nowhere(up: Up, job: dict[str, Any], *words: str) -> bool:
    """Whether none of these words is in the log of a job, or in its record beside what was asked."""
    told = json.dumps({**job, "params": None}) + up.client.get(f"/jobs/{job['task_id']}/logs").text
    return not any(word in told for word in words)


def test_a_language_model_writes_the_script(up: Up, author: Talker) -> None:
    author.heard.clear()
    job = finished(up, submitted(up, text="# Bees\n\nTheir days are long and golden.", stage="script"))
    assert (job["status"], job["data"]["written_by"], job["data"]["degraded"]) == ("SUCCESS", "model", False)
    script = up.client.get(f"/jobs/{job['task_id']}/files/script.json").json()
    assert [scene["title"] for scene in script["scenes"]] == ["Dancing", "Flying", "Sleeping"]
    (heard,) = author.heard
    assert heard.headers["Authorization"] == f"Bearer {KEY}"
    assert "long and golden" in heard.body["messages"][1]["content"]
    assert told_nowhere(up, job, "tiger", "golden")


def test_when_it_is_away_the_document_itself_is_the_script_and_a_repeat_asks_again(up: Up, author: Talker) -> None:
    bees = "# Bees\n\nThey live in a hive. They fly from flower to flower. In winter they sleep, close together."
    author.moods = [status(429, {"error": {"message": f"{KEY}: {bees}"}}, **{"Retry-After": "600"})]
    job = finished(up, submitted(up, text=bees, stage="script"))
    assert (job["status"], job["data"]["written_by"], job["data"]["degraded"]) == ("SUCCESS", "document", True)
    assert job["data"]["script_fault"] == "the language model answers 429"
    assert told_nowhere(up, job, "tiger", "close together", author.url.removeprefix("http://"))
    again = finished(up, submitted(up, text=bees, stage="script"))
    assert again["task_id"] != job["task_id"]
    assert (again["data"]["written_by"], again["data"]["degraded"]) == ("model", False)


def test_a_cancelled_job_leaves_a_model_that_hangs(up: Up, author: Talker) -> None:
    author.moods = [hanging(author)]
    job_id = submitted(up, text="# Bees\n\nThey hum.", stage="script")
    assert author.waiting.wait(30)
    up.client.delete(f"/jobs/{job_id}")
    eventually(lambda: up.client.get(f"/jobs/{job_id}").json()["status"] == "REVOKED", within_s=10)
    assert author.left.wait(10)


def test_a_scene_shows_what_the_image_server_drew_and_a_plain_slide_where_it_did_not(
    up: Up, artist: Host[Asked]
) -> None:
    artist.moods = [raw("application/json", drawn()), status(401, {"error": {"message": f"{KEY} a drone"}})]
    scenes = [dict(scene) for scene in SCENES]
    scenes[0]["image_prompt"], scenes[2]["image_prompt"] = "A queen on velvet", "A drone, asleep"
    job = finished(up, submitted(up, script={**SCRIPT, "scenes": scenes}, subtitles="none"))
    assert job["status"] == "SUCCESS", job
    assert [heard.body["prompt"] for heard in artist.heard] == ["A queen on velvet", "A drone, asleep"]
    first, second, third = job["data"]["scenes"]
    assert "fault" not in first
    assert "fault" not in second
    assert "does not take our key: IMAGE_API_KEY" in third["fault"]
    assert job["data"]["degraded"]
    picture = Image.open(io.BytesIO(up.client.get(f"/jobs/{job['task_id']}/files/thumbnail.png").content))
    middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(middle, tuple)
    assert all(abs(seen - meant) < 12 for seen, meant in zip(middle, TEAL, strict=True))
    assert told_nowhere(up, job, "tiger", artist.url.removeprefix("http://"))


def test_a_model_that_stammers_is_mended(up: Up, author: Talker) -> None:
    author.heard.clear()
    author.moods = [saying(f"<think>Hm.</think>```json\n{json.dumps({**SCRIPT, 'scenes': SCENES[:2]})}\n```")]
    job = finished(up, submitted(up, text="# Bees\n\nThey sing.", stage="script"))
    assert (job["data"]["written_by"], len(author.heard)) == ("model", 2)
