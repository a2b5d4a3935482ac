"""Videos with a language model and a server of pictures: what they give is used, and what they do not is told."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.media.llm.talkers import Talker, talker
from tests.media.loopback import Asked, Host, answering, raw, status

from mediamill import Result
from mediamill.media import remote
from mediamill.services.videos import run
from mediamill.services.videos.params import Params, Until
from mediamill.services.videos.tests.parts import changed, made, pixels
from mediamill.services.videos.tests.test_prompt import DRAFT
from mediamill.settings import ModelSettings, RemoteSettings
from mediamill.testing import FakeContext

#: With the numbers of the draft's chart.
TABLE = "| Year | Rice | Maize |\n|---|---|---|\n| 2023 | 410 | 220 |\n| 2024 | 455 | 230 |\n"
TEXT = f"# How bees talk\n\nA bee dances.\n\n{TABLE}"
MAGENTA = (255, 0, 255)


@pytest.fixture
def model() -> Iterator[Talker]:
    with talker(DRAFT) as host:
        remote.use(RemoteSettings(llm=ModelSettings(host.url, "zoo-1", "sk-tiger-1", answer_s=5)))
        yield host
        remote.use(None)


@pytest.fixture
def gallery() -> Iterator[Host[Asked]]:
    """A server of pictures, which are all of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (1280, 720), MAGENTA).save(file, "PNG")
    body = {"created": 1, "data": [{"b64_json": base64.b64encode(file.getvalue()).decode()}]}
    with answering("/v1/images/generations", raw("application/json", json.dumps(body).encode())) as host:
        remote.use(RemoteSettings(images=ModelSettings(host.url, "zoo-1", "sk-tiger-1", answer_s=5)))
        yield host
        remote.use(None)


def told_nowhere(result: Result, ctx: FakeContext, *words: str) -> None:
    """Clients read a job's data and its log: none of these is in them."""
    told = f"{dict(result.data)} {ctx.logged}"
    assert [word for word in words if word in told] == []


def test_a_language_model_writes_the_script(model: Talker, tmp_path: Path) -> None:
    result = run(Params(text=TEXT, stage=Until.SCRIPT), FakeContext(tmp_path))
    written = json.loads(result.files["script.json"].read_text("utf-8"))
    assert [scene["title"] for scene in written["scenes"]] == [scene["title"] for scene in DRAFT["scenes"]]
    assert (result.data["written_by"], result.data["degraded"], result.reusable) == ("model", False, True)
    assert len(model.heard) == 1


def test_a_model_that_does_not_write_is_told_and_the_document_is_the_script(model: Talker, tmp_path: Path) -> None:
    model.moods = [status(401)]
    ctx = FakeContext(tmp_path)
    result = run(Params(text=TEXT, stage=Until.SCRIPT), ctx)
    assert (result.data["written_by"], result.data["degraded"], result.reusable) == ("document", True, False)
    assert result.data["script_fault"].startswith("the language model answers 401; ")
    told_nowhere(result, ctx, "tiger", model.url.removeprefix("http://"))


def test_a_picture_is_made_of_what_a_scene_describes(gallery: Host[Asked], tmp_path: Path) -> None:
    wanted = changed(2, image_prompt="A bee on a sunflower")
    ctx = FakeContext(tmp_path)
    result = made(ctx, script=wanted)
    shown = pixels(ctx.published["preview/scene-2.png"]).reshape(-1, 3).astype(int)
    assert (np.abs(shown - MAGENTA).max(axis=1) < 8).mean() > 0.5
    assert (result.data["degraded"], result.reusable) == (False, True)
    assert gallery.heard[0].body["prompt"] == "A bee on a sunflower"
    made(FakeContext(tmp_path, attempt=2), script=wanted)
    assert len(gallery.heard) == 1


def test_a_picture_that_is_refused_leaves_what_else_the_scene_shows(gallery: Host[Asked], tmp_path: Path) -> None:
    gallery.moods = [status(401)]
    ctx = FakeContext(tmp_path)
    result = made(ctx, script=changed(2, image_prompt="A bee on a sunflower"))
    assert result.data["scenes"][1]["fault"].startswith("the image server answers 401; ")
    told_nowhere(result, ctx, "tiger", gallery.url.removeprefix("http://"))
    assert (result.data["degraded"], result.data["complete"], result.reusable) == (True, True, False)
