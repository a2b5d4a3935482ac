"""Whole small videos, made by the real rooms and judged by what a player sees of them."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from tests.media.documents import papers, word

from mediamill import PermanentError, Result
from mediamill.services.videos import run
from mediamill.services.videos.checks import check
from mediamill.services.videos.params import Params, Until
from mediamill.services.videos.script import Script
from mediamill.services.videos.tests.parts import (
    SCENES,
    Watched,
    changed,
    heard,
    kinds,
    made,
    picture,
    pixels,
    scene,
    script,
    seen,
    watched,
)
from mediamill.testing import FakeContext

FPS = 25
TITLES = [each["title"] for each in SCENES]
EXAMPLES = Path(__file__).parents[5] / "examples" / "documents"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, FakeContext]:
    """The video that most tests look at, or change; its cache is theirs."""
    ctx = FakeContext(tmp_path_factory.mktemp("videos"))
    return made(ctx), ctx


@pytest.fixture
def again(first: tuple[Result, FakeContext]) -> FakeContext:
    """Another attempt beside the same cache."""
    return FakeContext(first[1].tmp_path, attempt=2)


@pytest.fixture(scope="module")
def player(first: tuple[Result, FakeContext]) -> Watched:
    return watched(first[0].files["video.mp4"])


# ---- the result


def test_a_video_has_the_length_of_its_scenes_and_a_chapter_for_each(
    first: tuple[Result, FakeContext], player: Watched
) -> None:
    data = first[0].data
    assert [each["title"] for each in data["scenes"]] == TITLES
    assert data["scenes"][0]["start_s"] == 0
    assert all(before["end_s"] == after["start_s"] for before, after in pairwise(data["scenes"]))
    assert data["scenes"][-1]["end_s"] == data["duration_s"]
    assert player.duration_s == pytest.approx(data["duration_s"], abs=1 / FPS)
    assert [title for title, _ in player.chapters] == TITLES
    assert [start for _, start in player.chapters] == pytest.approx(
        [each["start_s"] for each in data["scenes"]], abs=0.001
    )


def test_it_is_what_browsers_play(first: tuple[Result, FakeContext], player: Watched) -> None:
    assert (player.size, player.pixels, player.sound_rate_hz) == ((1280, 720), "yuv420p", 48_000)
    assert player.streams == {"video": "h264", "audio": "aac"}
    assert player.title == "How bees talk"
    data = first[0].data
    assert (data["width"], data["height"], data["fps"]) == (1280, 720, FPS)
    assert data["size_bytes"] == first[0].files["video.mp4"].stat().st_size


def test_words_and_pictures_come_together(first: tuple[Result, FakeContext]) -> None:
    """In each scene it is silent at first, and then a voice is heard; its picture is there from the crossfade on."""
    result, ctx = first
    sound = heard(result.files["video.mp4"])
    for number, each in enumerate(result.data["scenes"], 1):
        begin = round(each["start_s"] * 24_000)
        end = round(each["end_s"] * 24_000)
        edges = ((begin, begin + 7_200), (end - 12_000, end), (begin + 12_000, begin + 24_000))
        before, after, meanwhile = (np.abs(sound[a:b]).max() for a, b in edges)
        assert before < 0.01, number
        assert after < 0.01, number
        assert meanwhile > 0.1, number
        shown = seen(result.files["video.mp4"], each["end_s"] - 0.1).astype(int)
        drawn = pixels(ctx.published[f"preview/scene-{number}.png"]).astype(int)
        above = slice(0, 600)  # subtitles are below
        assert np.abs(shown[above] - drawn[above]).mean() < 4, number


def test_captions_have_the_narration_at_its_time(first: tuple[Result, FakeContext]) -> None:
    result, _ = first
    written = result.files["captions.srt"].read_text("utf-8")
    blocks = [block.split("\n") for block in written.strip().split("\n\n")]
    assert [" ".join(block[2:]) for block in blocks] == [
        "A bee that has found flowers dances.",
        "She flies home.",
        "The others watch her.",
        "A second is a kilometre.",
    ]
    starts = [block[1].partition(" ")[0].replace(",", ".") for block in blocks]
    seconds = [60 * int(start[3:5]) + float(start[6:]) for start in starts]
    assert seconds[0] == pytest.approx(0.4, abs=0.05)
    assert seconds[3] == pytest.approx(result.data["scenes"][2]["start_s"] + 0.4, abs=0.1)
    assert result.files["captions.vtt"].read_text("utf-8").startswith("WEBVTT\n")


def test_subtitles_stand_in_the_part_of_the_picture_that_is_kept_for_them(
    first: tuple[Result, FakeContext], again: FakeContext
) -> None:
    """The same film without them differs below, and nowhere else."""
    plain = made(again, subtitles="soft")
    times = [each["end_s"] - 1.0 for each in plain.data["scenes"]]
    for at_s in times:
        with_them, without = (seen(result.files["video.mp4"], at_s).astype(int) for result in (first[0], plain))
        differs = np.abs(with_them - without).mean(axis=2) > 64  # more than codecs do
        rows = np.flatnonzero(differs.any(axis=1))
        assert rows.size, at_s
        assert rows.min() >= 0.85 * 720 - 1
        columns = np.flatnonzero(differs.any(axis=0))
        assert columns.min() > 20
        assert columns.max() < 1260


def test_the_files_and_facts_are_all_there(first: tuple[Result, FakeContext]) -> None:
    result, ctx = first
    assert list(result.files) == ["video.mp4", "captions.srt", "captions.vtt", "thumbnail.png", "script.json"]
    thumbnail = pixels(result.files["thumbnail.png"])
    assert thumbnail.shape == (720, 1280, 3)
    assert np.array_equal(thumbnail, pixels(ctx.published["preview/scene-1.png"]))
    facts = {
        "title": "How bees talk",
        "language": "en",
        "written_by": "client",
        "sentences": 4,
        "voices": ["espeak-en-us"],
        "stand_ins": {},
        "complete": True,
        "degraded": False,
    }
    assert {name: result.data[name] for name in facts} == facts
    assert (result.reusable, result.keep_parts) == (True, False)


def test_previews_come_while_it_works(first: tuple[Result, FakeContext]) -> None:
    _, ctx = first
    assert list(ctx.published) == ["preview/script.json", *(f"preview/scene-{number}.png" for number in (1, 2, 3))]


def test_progress_goes_up_through_all_stages(first: tuple[Result, FakeContext]) -> None:
    told = first[1].progressed
    assert [each.fraction for each in told] == sorted(each.fraction for each in told)
    stages = list(dict.fromkeys(each.note.partition(":")[0] for each in told))
    assert stages == ["script", "voice", "pictures", "composing"]
    assert told[-1].fraction <= 1
    assert sum(each.note.startswith("composing: scene") for each in told) > 6
    spoken = [each.note for each in told if each.note.startswith("voice")]
    assert spoken == ["voice: finding voices", *(f"voice: sentence {number} of 4" for number in (1, 2, 3, 4))]


# ---- what is finished is not done twice


def test_a_second_attempt_makes_nothing_again(first: tuple[Result, FakeContext], again: FakeContext) -> None:
    result = made(again)
    assert again.made == []
    assert kinds(again.found)["voice"] == 4
    assert {**result.data, "size_bytes": 0} == {**first[0].data, "size_bytes": 0}
    assert again.ran == [("mediamill.media.film.crew",)]  # which cuts the film; nothing is drawn


@pytest.mark.usefixtures("first")
def test_a_changed_sentence_costs_its_scene_alone(again: FakeContext) -> None:
    made(again, script=changed(2, narration="She flies home. All others follow her."))
    assert kinds(again.made) == {"voice": 1, "film.shot": 1, "film.mix": 1}


@pytest.mark.usefixtures("first")
def test_a_changed_picture_costs_its_scene_and_the_fade_into_the_next(again: FakeContext) -> None:
    made(again, script=changed(2, content="Flower -> Hive"))
    counts = kinds(again.made)
    assert (counts["voice"], counts["film.shot"], counts["film.mix"]) == (0, 2, 0)
    assert sum(counts.values()) == 3


@pytest.mark.usefixtures("first")
def test_another_title_of_the_video_costs_the_cut_alone(again: FakeContext) -> None:
    result = made(again, script=script() | {"title": "Bees"})
    assert again.made == []
    assert watched(result.files["video.mp4"]).title == "Bees"


# ---- ways to be different


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({"aspect": "9:16", "fps": 30, "subtitles": "both", "theme": {"name": "dark"}}, (720, 1280)),
        ({"aspect": "1:1", "format": "webm", "subtitles": "soft"}, (720, 720)),
    ],
)
def test_other_shapes_and_formats(
    params: dict[str, object], size: tuple[int, int], first: tuple[Result, FakeContext], again: FakeContext
) -> None:
    del first
    result = made(again, **params)
    name = f"video.{params.get('format', 'mp4')}"
    player = watched(result.files[name])
    assert player.size == size
    codecs = {"video": "vp9", "audio": "opus"} if name.endswith("webm") else {"video": "h264", "audio": "aac"}
    assert {kind: player.streams[kind] for kind in codecs} == codecs
    assert "subtitle" in player.streams
    assert player.duration_s == pytest.approx(result.data["duration_s"], abs=0.05)
    assert player.chapters[2][0] == TITLES[2]


@pytest.mark.usefixtures("first")
def test_each_scene_is_spoken_in_its_language(again: FakeContext) -> None:
    scenes = [
        scene("Con ong", "Con ong bay về tổ và nhảy múa.", language="vi"),
        scene("Die Biene", "Die Biene tanzt.", language="de"),
        scene("The bee", "The bee dances, and we watch."),
    ]
    result = made(again, script=script(*scenes), voice=None)
    voices = result.data["voices"]
    assert [voices[0].startswith("espeak-de"), voices[1].startswith("espeak-vi"), voices[2:]] == [True, True, ["heart"]]


@pytest.mark.usefixtures("first")
def test_a_voice_leaves_other_languages_to_theirs(again: FakeContext) -> None:
    scenes = [*SCENES[:2], scene("Con ong", "Con ong bay về tổ và nhảy múa.", language="vi")]
    result = made(again, script=script(*scenes))
    assert result.data["voices"] == ["espeak-en-us", "espeak-vi"]


def test_a_voice_that_would_say_nothing_fails_for_good(tmp_path: Path) -> None:
    scenes = [scene(f"Cảnh {number}", "Con ong bay về tổ và nhảy múa.", language="vi") for number in range(3)]
    with pytest.raises(PermanentError, match="the voice espeak-en-us reads en, and the narration is in vi"):
        made(FakeContext(tmp_path), script=script(*scenes, language="vi"))


def test_pictures_logo_and_music_of_the_client(first: tuple[Result, FakeContext], again: FakeContext) -> None:
    folder = again.scratch
    hum = 0.5 * np.sin(np.arange(2 * 44_100) * 2 * np.pi * 220 / 44_100)
    soundfile.write(folder / "hum.wav", hum, 44_100)
    again.inputs = {
        "image_1": picture(folder / "bee.png", (255, 0, 255), (1280, 720)),
        "logo": picture(folder / "logo.png", (0, 255, 0), (400, 40)),
        "music": folder / "hum.wav",
    }
    wanted = {"script": changed(3, image="image_1")}
    check(Params.model_validate(wanted), again.inputs)
    result = made(again, **wanted)
    shown = seen(result.files["video.mp4"], result.data["duration_s"] - 0.1).reshape(-1, 3).astype(int)
    assert (np.abs(shown - (255, 0, 255)).max(axis=1) < 40).mean() > 0.3
    slide = pixels(again.published["preview/scene-1.png"]).reshape(-1, 3).astype(int)
    assert (np.abs(slide - (0, 255, 0)).max(axis=1) < 40).any()
    sound, before = (heard(each.files["video.mp4"]) for each in (result, first[0]))
    quiet = slice(2_400, 9_600)  # nobody speaks yet
    assert np.abs(before[quiet]).max() < 0.001 < np.abs(sound[quiet]).mean()


def test_a_picture_that_cannot_be_had_is_told_and_the_video_made(again: FakeContext) -> None:
    result = made(again, script=changed(2, image_prompt="A bee on a sunflower"))
    told = result.data["scenes"][1]["fault"]
    assert "no server that makes pictures is set up" in told
    assert (result.data["degraded"], result.data["complete"], result.reusable) == (True, True, False)
    assert "video.mp4" in result.files
    assert [line.fields["scene"] for line in again.logged if line.event == "picture.plain"] == [2]


def test_an_image_that_breaks_off_becomes_a_plain_slide(again: FakeContext) -> None:
    path = picture(again.scratch / "bee.png")
    path.write_bytes(path.read_bytes()[:60])
    again.inputs = {"image_1": path}
    wanted = {"script": changed(2, image="image_1")}
    check(Params.model_validate(wanted), again.inputs)
    result = made(again, **wanted)
    assert result.data["scenes"][1]["fault"]
    assert not result.reusable


# ---- the script


@pytest.mark.parametrize("name", ["compound-interest", "hang-doi"])
def test_a_script_can_be_had_first_and_is_taken_back(name: str, tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, inputs={"file": EXAMPLES / f"{name}.md"})
    result = run(Params(stage=Until.SCRIPT), ctx)
    assert list(result.files) == ["script.json"]
    written = json.loads(result.files["script.json"].read_text("utf-8"))
    assert {each["visual"] for each in written["scenes"]} >= {"slide", "chart", "formula", "code", "diagram"}
    check(Params(script=Script.model_validate(written)), {})
    assert (result.data["written_by"], result.data["degraded"], result.reusable) == ("document", False, True)
    assert ctx.progressed[0].fraction == 0
    assert ctx.progressed[-1] == (0.3, "script: writing")  # of this job, which ends here


def test_the_pages_of_a_pdf_are_told_while_they_are_read(tmp_path: Path) -> None:
    said = ("Bees dance.", "They fly out.", "Others follow.", "Flowers wait.", "Honey is made.", "Winter comes.")
    page = papers.typeset("#pagebreak()\n".join(said), tmp_path / "page.pdf")
    ctx = FakeContext(tmp_path, inputs={"file": page})
    run(Params(stage=Until.SCRIPT, language="en"), ctx)
    assert ctx.progressed == [
        (0.0, "script: reading"),
        *((round(0.3 * 0.9 * page / 6, 6), "script: reading") for page in range(1, 7)),
        (0.3, "script: writing"),
    ]


def test_a_word_document_is_let_in_and_read(tmp_path: Path) -> None:
    bees = word.bees(tmp_path / "bees.docx")
    check(Params(stage=Until.SCRIPT), {"file": bees})
    ctx = FakeContext(tmp_path, inputs={"file": bees})
    script = run(Params(stage=Until.SCRIPT, language="en"), ctx).files["script.json"].read_text()
    assert "tells the others" in script


def test_a_file_that_is_no_document_is_not_tried_again(tmp_path: Path) -> None:
    page = tmp_path / "page.pdf"
    page.write_bytes(b"%PDF-1.7\nnothing of the kind")
    with pytest.raises(PermanentError) as refused:
        run(Params(), FakeContext(tmp_path, inputs={"file": page}))
    assert refused.value.code == "MALFORMED"


# ---- stop


class Stopped(FakeContext):
    """Is asked to finish early once it tells of `stops_at`."""

    stops_at = ""

    def progress(self, fraction: float, note: str = "") -> None:
        super().progress(fraction, note)
        self.stopping = self.stopping or note == self.stops_at


@pytest.mark.parametrize(
    ("stops_at", "titles"),
    [
        ("script: reading", TITLES[:1]),
        ("voice: sentence 1 of 4", TITLES[:1]),
        ("voice: sentence 2 of 4", TITLES[:1]),
        ("voice: sentence 3 of 4", TITLES[:2]),
        ("pictures: 1 of 3", TITLES),
    ],
)
@pytest.mark.usefixtures("first")
def test_a_stop_keeps_the_scenes_that_were_spoken(stops_at: str, titles: Sequence[str], again: FakeContext) -> None:
    ctx = Stopped(again.tmp_path)
    ctx.stops_at = stops_at
    result = made(ctx)
    assert [each["title"] for each in result.data["scenes"]] == list(titles)
    assert result.data["complete"] is (titles == TITLES)
    assert result.reusable is (titles == TITLES)
    player = watched(result.files["video.mp4"])
    assert player.duration_s == pytest.approx(result.data["duration_s"], abs=1 / FPS)
    assert len(player.chapters) == len(titles)


def test_a_stop_in_the_first_scene_keeps_its_first_sentence(tmp_path: Path) -> None:
    ctx = Stopped(tmp_path)
    scenes = [scene("Bees", "Bees dance. They fly out. They come back."), *SCENES[:2]]
    ctx.stops_at = "voice: sentence 1 of 6"
    result = made(ctx, script=script(*scenes))
    assert (result.data["sentences"], len(result.data["scenes"]), result.data["complete"]) == (1, 1, False)
