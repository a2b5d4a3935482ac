"""What is let in at the door, and what is said of the rest."""

import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mediamill import InvalidInput, Queue
from mediamill.services.videos import service
from mediamill.services.videos.checks import check
from mediamill.services.videos.params import Params
from mediamill.services.videos.script import EXAMPLE, Script
from mediamill.services.videos.tests.parts import SCENES, changed, picture, scene, script

WORDS = "A bee that has found flowers dances."


def refused(params: dict[str, Any], files: dict[str, Path] | None = None) -> InvalidInput:
    with pytest.raises(InvalidInput) as told:
        check(Params.model_validate(params), files or {})
    return told.value


def wrong(params: dict[str, Any]) -> dict[str, str]:
    """Return what the model says, by field."""
    with pytest.raises(ValidationError) as told:
        Params.model_validate(params)
    return {".".join(map(str, each["loc"])): each["msg"] for each in told.value.errors()}


def test_the_example_is_a_script_that_is_taken() -> None:
    check(Params(script=Script.model_validate(dict(EXAMPLE))), {})


@pytest.mark.parametrize("count", [0, 1, 2, 8])
def test_a_script_has_three_to_seven_scenes(count: int) -> None:
    many = {"title": "Bees", "language": "en", "scenes": [dict(SCENES[0])] * count}
    ((field, message),) = wrong({"script": many}).items()
    assert field == "script.scenes"
    assert message == f"Value error, a script has 3 to 7 scenes, not {count}"


@pytest.mark.parametrize(
    ("news", "field", "message"),
    [
        ({"narration": "Too short"}, "script.scenes.1.narration", "at least 10 characters"),
        ({"narration": "a" * 1_001}, "script.scenes.1.narration", "at most 1000 characters"),
        ({"narration": "?!. " * 9}, "script.scenes.1.narration", "no letter and no digit"),
        ({"title": " \n\u200b"}, "script.scenes.1.title", "at least 1 character"),
        ({"title": "a" * 121}, "script.scenes.1.title", "at most 120 characters"),
        ({"content": "a" * 4_001}, "script.scenes.1.content", "at most 4000 characters"),
        ({"visual": "hologram"}, "script.scenes.1.visual", "'slide', 'diagram', 'chart', 'formula' or 'code'"),
        ({"language": "tlh"}, "script.scenes.1.language", "no voice reads the language 'tlh'"),
        ({"image": "image_8"}, "script.scenes.1.image", "should match pattern"),
        ({"image": "image_1", "image_prompt": "a bee"}, "script.scenes.1", "one of them"),
        ({"animation": "spin"}, "script.scenes.1.animation", "not permitted"),
    ],
)
def test_what_is_wrong_with_a_scene_is_said_by_its_place(news: dict[str, Any], field: str, message: str) -> None:
    told = wrong({"script": changed(2, **news)})
    assert list(told) == [field]
    assert message in told[field]


@pytest.mark.parametrize(
    ("visual", "content", "message"),
    [
        ("formula", r"\frac{1}{2", "formula"),
        ("formula", "", "formula"),
        ("chart", "bar\nname,bees\nred,many", "number"),
        ("chart", "", "chart"),
        ("diagram", "", "diagram"),
        ("code", "", "code"),
    ],
)
def test_content_that_cannot_be_drawn_is_refused_by_its_place(visual: str, content: str, message: str) -> None:
    told = refused({"script": changed(3, visual=visual, content=content)})
    assert told.field == "script.scenes.2.content"
    assert message in told.message.lower()


@pytest.mark.parametrize(
    ("params", "field", "message"),
    [
        ({"resolution": "8k"}, "resolution", "'720p' or '1080p'"),
        ({"resolution": "4320p"}, "resolution", "'720p' or '1080p'"),
        ({"aspect": "21:9"}, "aspect", "'16:9', '9:16' or '1:1'"),
        ({"fps": 60}, "fps", "25 or 30"),
        ({"format": "gif"}, "format", "'mp4' or 'webm'"),
        ({"speed": 9}, "speed", "less than or equal to 2"),
        ({"crossfade_s": 3}, "crossfade_s", "less than or equal to 2"),
        ({"voice": "nobody"}, "voice", "there is no voice 'nobody'"),
        ({"voice": "heart", "language": "vi"}, "language", "reads en, not vi"),
        ({"theme": {"accent": "red"}}, "theme.accent", "should match pattern"),
        ({"theme": {"name": "neon"}}, "theme.name", "'light' or 'dark'"),
        ({"subtitle_style": {"size": 5}}, "subtitle_style.size", "less than or equal to 2"),
        ({"music": {"volume": 6}}, "music.volume", "less than or equal to 0"),
        ({"stage": "pictures"}, "stage", "'script' or 'video'"),
        ({"text": ""}, "text", "at least 1 character"),
        ({"text": "a" * 1_000_001}, "text", "at most 1000000 characters"),
        ({"scenes": []}, "scenes", "not permitted"),
    ],
)
def test_a_parameter_that_is_none_is_told_with_what_there_is(params: dict[str, Any], field: str, message: str) -> None:
    told = wrong({"text": WORDS, **params})
    assert list(told) == [field]
    assert message in told[field]


def test_there_is_one_thing_to_make_a_video_of(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(WORDS)
    assert "not none of them" in refused({}).message
    assert refused({"text": WORDS, "script": script()}).message.endswith("not text and script")
    assert refused({"text": WORDS}, {"file": page}).field == "file"
    assert refused({"script": script(), "stage": "script"}).field == "stage"
    for params, files in (({"text": WORDS}, {}), ({}, {"file": page}), ({"script": script()}, {})):
        check(Params.model_validate(params), files)


@pytest.mark.parametrize("content", [b"", b" \n", b"?! ...", b"# \n\n---\n", b"![](bee.png)\n\n![ ](hive.png)\n"])
def test_a_document_that_says_nothing_is_refused(content: bytes, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(content)
    told = refused({}, {"file": page})
    assert (told.field, "nothing to say" in told.message) == ("file", True)


@pytest.mark.parametrize("mark", ["![", "![]("])
def test_marks_that_are_never_closed_are_looked_through_at_once(mark: str) -> None:
    """The door serves all clients."""
    params = Params(text=mark * (1_000_000 // len(mark)))
    begun = time.process_time()
    with pytest.raises(InvalidInput, match="nothing to say"):
        check(params, {})
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("content", "message"), [(b"PK\x03\x04zip", "a ZIP or Office file"), (b"hi \xff\xfe hi", "not valid UTF-8")]
)
def test_a_file_that_is_no_document_is_told_what_it_is(content: bytes, message: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(content)
    assert message in refused({}, {"file": page}).message


@pytest.mark.parametrize("before", [b"", b"\r\n", b"junk of a mail program\n"])
def test_a_pdf_is_let_in_unread(before: bytes, tmp_path: Path) -> None:
    """Whatever of them is read later, under the name that it came with."""
    page = tmp_path / "page"
    page.write_bytes(before + b"%PDF-1.7\n%\xff\xfe")
    check(Params(), {"file": page})


def png(width: int, height: int) -> bytes:
    """Return the beginning of a PNG, which says how large it is."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", width, height, 8, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png(40_000, 40_000), "40,000 x 40,000 pixels"),
        (png(40_000, 1), "40,000 x 1 pixels"),
        (b"no picture", "no PNG, JPEG, WebP or GIF"),
        (b"", "no PNG, JPEG, WebP or GIF"),
    ],
)
@pytest.mark.parametrize("field", ["logo", "image_1"])
def test_a_picture_that_is_none_or_too_large_is_refused(
    content: bytes, message: str, field: str, tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    told = refused({"script": changed(1, image="image_1")}, {"image_1": picture(tmp_path / "good.png"), field: path})
    assert (told.field, message in told.message) == (field, True)


def test_scenes_and_uploaded_pictures_name_each_other(tmp_path: Path) -> None:
    path = picture(tmp_path / "bee.png")
    missing = refused({"script": changed(1, image="image_2")}, {})
    assert (missing.field, missing.message) == ("script.scenes.0.image", "there is no file 'image_2'")
    assert refused({"script": script()}, {"image_1": path}).field == "image_1"
    assert refused({"text": WORDS}, {"image_1": path}).field == "image_1"
    check(Params.model_validate({"script": changed(1, image="image_1")}), {"image_1": path})


def test_what_no_voice_reads_is_refused_at_once() -> None:
    assert "gothic" in refused({"text": "𐌰𐌱𐌲𐌳"}).message
    vietnamese = "Xin chào các bạn. Hôm nay trời đẹp quá!"
    told = refused({"text": vietnamese, "voice": "heart"})
    assert "the voice heart reads en, and the text is in vi" in told.message
    scenes = [scene(f"Cảnh {number}", vietnamese) for number in range(3)]
    assert refused({"script": script(*scenes, language="vi"), "voice": "heart"}).field == "voice"


def test_a_script_may_be_silent_for_five_minutes() -> None:
    long = changed(1, narration="Wait. " + "[pause 30s]" * 11 + " Now.")
    assert "the pauses come to 330 s; 300 are the limit" in refused({"script": long}).message
    too_long = refused({"script": changed(1, narration="Wait. [pause 31s] Now.")})
    assert too_long.field == "script.scenes.0.narration"


def test_a_title_is_one_line_that_can_be_seen() -> None:
    params = Params.model_validate({"script": changed(1, title=" The\x00 dance\u202e\nof  bees ")})
    assert params.script is not None
    assert params.script.scenes[0].title == "The dance of bees"


def test_a_long_text_becomes_a_file_of_the_job() -> None:
    short, none = service.put_aside(Params(text=WORDS))
    assert (short.text, none) == (WORDS, {})
    without, aside = service.put_aside(Params(text=WORDS * 1_000))
    assert (without.text, aside) == (None, {"file": WORDS * 1_000})


def test_it_waits_among_the_long_jobs() -> None:
    assert service.queue_of(Params(text=WORDS), {}) is Queue.CPU


def test_a_script_is_the_same_when_it_comes_back() -> None:
    first = Script.model_validate(script())
    assert Script.model_validate(json.loads(first.model_dump_json(exclude_none=True))) == first
