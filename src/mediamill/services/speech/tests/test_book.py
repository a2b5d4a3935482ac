"""Long texts, read section by section. By espeak, which is fast; children run at once."""

import itertools
import json
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mediamill import Cancelled, InvalidInput, PermanentError, Queue, Result
from mediamill.media.voices.files.captions import Cue
from mediamill.media.voices.files.formats import Format
from mediamill.services.speech import book as module
from mediamill.services.speech import check, queue, run, service, ways
from mediamill.services.speech.params import Params, SectionOf
from mediamill.services.speech.section import read_cues, write_cues
from mediamill.testing import FakeChild, FakeContext

RATE_HZ = 24_000
#: So fast that ten minutes of speech are made in seconds.
QUICK = {"voice": "espeak-en-us", "speed": 2.0}
SENTENCES = (
    "The miller walked down to the river before the sun was up.",
    "He carried two buckets, and neither of them was whole.",
    "Nobody asked him why, since everybody knew the answer.",
    "At noon he came back, and the buckets were full of fish!",
)


@pytest.fixture(autouse=True)
def _short_books(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of these tests is a page of three chapters, in six sections."""
    monkeypatch.setattr(ways, "BOOK_CHARS", 2_000)
    monkeypatch.setattr(module, "SECTION_CHARS", 700)


def book(chapters: int = 3, paragraphs: int = 6) -> str:
    """Return a text with chapters of about 1,400 characters; no two paragraphs are alike."""
    return "\n\n".join(
        f"Chapter {chapter}: Of fish\n\n"
        + "\n\n".join(
            f"Day {100 * chapter + day}. {' '.join(SENTENCES[day % 4 :] + SENTENCES[: day % 4])}"
            for day in range(paragraphs)
        )
        for chapter in range(1, chapters + 1)
    )


def read(folder: Path, text: str, ctx: FakeContext | None = None, **params: object) -> tuple[Result, FakeContext]:
    path = folder / "book.txt"
    path.write_text(text)
    ctx = ctx or FakeContext(folder)
    ctx.inputs = {"file": path}
    return run(Params.model_validate({**QUICK, **params}), ctx), ctx


def heard(path: Path) -> NDArray[np.float64]:
    """Return a file's sound as a player gives it out, at RATE_HZ."""
    to_plain = av.AudioResampler("s16", "mono", RATE_HZ)
    with av.open(str(path)) as container:
        frames = [plain for frame in container.decode(audio=0) for plain in to_plain.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]) / 32_768


def cues_of(result: Result) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(result.files["cues.json"].read_text())
    return found


def test_a_long_text_without_captions_has_its_chapters_all_the_same(tmp_path: Path) -> None:
    result, ctx = read(tmp_path, book(), captions=False)
    assert list(result.files)[-1] == "chapters.json"
    assert not {"captions.srt", "captions.vtt", "cues.json"} & set(result.files)
    again, ctx = read(tmp_path, book(), ctx)
    assert again.data["made"] == 0
    assert "cues.json" in again.files


def test_a_long_text_is_read_by_children_and_bound(tmp_path: Path) -> None:
    text = book()
    result, ctx = read(tmp_path, text)
    names = [f"chapters/0{number} Chapter {number} Of fish.mp3" for number in (1, 2, 3)]
    captions = ["captions.srt", "captions.vtt", "cues.json", "chapters.json"]
    assert list(result.files) == ["speech.mp3", *names, *captions]
    data = result.data
    assert (data["chapters"], data["sections"], data["complete"], data["degraded"]) == (
        3,
        len(ctx.children),
        True,
        False,
    )
    assert " ".join(str(cue["text"]) for cue in cues_of(result)).split() == text.split()
    assert data["words"] == len(text.split())
    assert data["sentences"] == len(cues_of(result))
    assert (result.keep_parts, result.reusable) == (False, True)


def test_a_section_is_asked_for_by_what_decides_its_sound(tmp_path: Path) -> None:
    _, ctx = read(tmp_path, book(), format="m4b", chapters=False)
    first, *_ = ctx.children
    assert first.params == Params.model_validate(
        {**QUICK, "format": "aac", "section": SectionOf(language="en").model_dump()}
    )
    assert queue(first.params, {}) is Queue.CPU
    sent = (first.context.inputs or {})["file"].read_text()
    assert sent.startswith("Chapter 1: Of fish\n\nDay 100.")


@pytest.mark.parametrize("form", ["mp3", "m4b", "opus", "flac"])
def test_each_sentence_is_heard_where_its_cue_says(form: str, tmp_path: Path) -> None:
    result, _ = read(tmp_path, book(), format=form, chapters=False)
    sound = np.abs(heard(result.files[f"speech.{form}"]))
    assert sound.size / RATE_HZ == pytest.approx(result.data["duration_s"], abs=0.1)
    cues = cues_of(result)
    late = []
    for cue in cues:
        begin, end = (round(float(str(cue[edge])) * RATE_HZ) for edge in ("start_s", "end_s"))
        around = sound[max(0, begin - RATE_HZ // 10) : end]
        late.append((np.argmax(around > around.max() * 0.02) + max(0, begin - RATE_HZ // 10) - begin) / RATE_HZ)
    assert len(late) == len(cues) > 80
    assert max(np.abs(late)) < 0.02


def test_paragraphs_and_pauses_go_on_over_sections(tmp_path: Path) -> None:
    result, ctx = read(tmp_path, book(), pauses={"paragraph_s": 1.2})
    cues = cues_of(result)
    paragraphs = [int(str(cue["paragraph"])) for cue in cues]
    assert sorted(set(paragraphs)) == list(range(3 * 7))
    gaps = {
        round(float(str(b["start_s"])) - float(str(a["end_s"])), 2)
        for a, b in itertools.pairwise(cues)
        if a["paragraph"] != b["paragraph"]
    }
    assert len(ctx.children) > 2
    assert 0.55 < min(gaps) < max(gaps) < 0.75  # 1.2 s at double speed; at a joint half a packet more or less


def test_chapters_are_files_of_their_own_and_listed(tmp_path: Path) -> None:
    result, _ = read(tmp_path, book())
    listed = json.loads(result.files["chapters.json"].read_text())
    assert [chapter["title"] for chapter in listed] == [f"Chapter {number}: Of fish" for number in (1, 2, 3)]
    assert listed[0]["start_s"] == 0
    assert listed[-1]["end_s"] == result.data["duration_s"]
    first_words = {cue["start_s"]: cue["text"] for cue in cues_of(result)}
    for chapter, following in zip(listed, [*listed[1:], None], strict=True):
        assert following is None or chapter["end_s"] == following["start_s"]
        length_s = heard(result.files[chapter["file"]]).size / RATE_HZ
        assert length_s == pytest.approx(chapter["end_s"] - chapter["start_s"], abs=0.1)
        begins = min(float(str(start)) for start in first_words if float(str(start)) >= chapter["start_s"])
        assert first_words[begins] == chapter["title"]


def test_an_audiobook_has_its_chapters_in_it(tmp_path: Path) -> None:
    result, _ = read(tmp_path, book(), format="m4b", chapters=False)
    assert [name for name in result.files if name.startswith("chapters/")] == []
    with av.open(str(result.files["speech.m4b"])) as container:
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
    assert titles == [f"Chapter {number}: Of fish" for number in (1, 2, 3)]


def test_a_short_audiobook_has_chapters_too_and_asks_nobody(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    result = run(Params.model_validate({"text": "# One\n\nHello.\n\n# Two\n\nBye.", "format": "m4b"}), ctx)
    with av.open(str(result.files["speech.m4b"])) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One", "Two"]
    assert (ctx.children, ctx.progressed[-1].fraction) == ([], 1.0)
    assert [cue["text"] for cue in cues_of(result)] == ["One", "Hello.", "Two", "Bye."]


def test_an_audiobook_may_begin_with_a_pause(tmp_path: Path) -> None:
    result, _ = read(tmp_path, "[pause 2s]\n\n# One\n\nHello there.\n\n# Two\n\nBye now.", format="m4b")
    assert result.data["chapters"] == 2
    assert cues_of(result)[0]["start_s"] >= 2.0  # type: ignore[operator]


def test_a_short_audiobook_without_chapters_has_no_marks(tmp_path: Path) -> None:
    result = run(Params.model_validate({"text": "Hello there.", "format": "m4b"}), FakeContext(tmp_path))
    with av.open(str(result.files["speech.m4b"])) as container:
        assert container.chapters() == []
    assert "chapters.json" not in result.files


def test_a_voice_that_cannot_read_a_short_audiobook_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="the text is in vi"):
        run(
            Params.model_validate(
                {"text": "Xin chào các bạn. Hôm nay trời đẹp quá!", "voice": "heart", "format": "m4b"}
            ),
            FakeContext(tmp_path),
        )


def test_a_text_that_is_heard_while_it_is_made_is_read_in_one_go(tmp_path: Path) -> None:
    _, ctx = read(tmp_path, book(), stream=True)
    assert ctx.children == []
    assert len(ctx.published) > 5


# ---- what is not done twice


def test_another_attempt_says_no_sentence_again(tmp_path: Path) -> None:
    read(tmp_path, book())
    _, second = read(tmp_path, book())
    assert sum(len(child.context.made) for child in second.children) == 0


def test_a_corrected_chapter_costs_its_new_sentence(tmp_path: Path) -> None:
    read(tmp_path, book())
    _, after = read(tmp_path, book().replace("Day 205. He carried two", "Day 205. He carried four"))
    assert sorted(len(child.context.made) for child in after.children) == [0] * (len(after.children) - 1) + [1]


def test_a_cancel_reaches_who_reads(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        read(tmp_path, book(), FakeContext(tmp_path, cancel_after=40))


def test_a_cancel_reaches_who_looks_for_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        read(tmp_path, "...\n" * 100_000, FakeContext(tmp_path, cancel_after=2))


# ---- when it does not go as it should


class Unfinished(FakeContext):
    """Children after the first `done` are still running."""

    done = 0

    def submit(self, *args: object, **kwargs: object) -> FakeChild:
        child = super().submit(*args, **kwargs)  # type: ignore[arg-type]
        return Waiting(child.id, child.params, child.context, child.ended) if len(self.children) > self.done else child


class Waiting(FakeChild):
    finished = False


@pytest.mark.parametrize("done", [2, 0])
def test_a_stop_keeps_what_was_read_without_a_gap(tmp_path: Path, done: int) -> None:
    path = tmp_path / "book.txt"
    path.write_text(book(3, 6))
    ctx = Unfinished(tmp_path, inputs={"file": path}, stopping=True)
    ctx.done = done
    result = run(Params.model_validate(QUICK), ctx)
    cues = [str(cue["text"]) for cue in cues_of(result)]
    assert (result.data["complete"], result.reusable) == (False, False)
    assert " ".join(book(3, 6).split()).startswith(" ".join(cues))
    assert len(cues) == 1 if done == 0 else len(cues) > 10
    assert heard(result.files["speech.mp3"]).size / RATE_HZ == pytest.approx(result.data["duration_s"], abs=0.1)
    assert result.data["sections"] == len(ctx.children)


def test_speakers_and_languages_go_on_over_sections(tmp_path: Path) -> None:
    turns = "\n\n".join(f"Line {number}. {' '.join(SENTENCES)}" for number in range(5))
    text = f"[alice] {turns}\n\n[bob] {turns}"
    voice = [{"name": "alice", "voice": "espeak-en-us"}, {"name": "bob", "voice": "espeak-en-gb"}]
    result, ctx = read(tmp_path, text, voice=voice)
    voices = [cue["voice"] for cue in cues_of(result)]
    half = len(voices) // 2
    assert (set(voices[:half]), set(voices[half:])) == ({"espeak-en-us"}, {"espeak-en-gb"})
    speakers = [
        child.params.section.speaker
        for child in ctx.children
        if isinstance(child.params, Params) and child.params.section
    ]
    assert speakers[0] == ""
    assert speakers[-1] == "bob"


def test_a_section_in_another_language_than_the_voice_is_read_by_another(tmp_path: Path) -> None:
    vietnamese = "\n\n".join(["Trời mưa to suốt ba ngày. Ông lão ngồi bên cửa sổ và đợi."] * 12)
    text = f"{book(2)}\n\nChapter 3: Of rain\n\n{vietnamese}"
    result, _ = read(tmp_path, text)
    assert result.data["languages"] == ["en", "vi"]
    assert result.data["voices"] == ["espeak-en-us", "espeak-vi"]


def test_a_section_without_a_sound_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sound(*_args: object, **_options: object) -> None:
        raise PermanentError("the voice made no sound of this text", code="NO_SOUND")

    monkeypatch.setattr("mediamill.services.speech.section.speak", no_sound)
    with pytest.raises(PermanentError) as silent:
        read(tmp_path, book())
    assert silent.value.code == "NO_SOUND"
    path = tmp_path / "section.txt"
    path.write_text("Hello.")
    for form in Format:
        params = Params.model_validate({"format": form, "section": {"language": "en"}})
        made = run(params, FakeContext(tmp_path, inputs={"file": path}))
        assert (made.data["sentences"], made.data["silent"], made.reusable) == (0, 1, True)


def test_a_failed_section_fails_the_book(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="reads no IPA") as failed:
        read(tmp_path, book() + "\n\nThe end.", voice="espeak-en-us", pronunciations={"end": "/ɛnd/"})
    assert failed.value.code == "CHILD_FAILED"


def test_a_book_that_no_wav_can_hold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("The miller went home.\n\n" * 200_000)
    ctx = FakeContext(tmp_path, inputs={"file": tmp_path / "book.txt"})
    with pytest.raises(PermanentError, match="choose flac") as refused:
        run(Params.model_validate({"format": "wav"}), ctx)
    assert (refused.value.code, ctx.children) == ("SOUND_TOO_LONG", [])


def test_a_section_may_be_in_a_script_that_the_whole_is_not_in(tmp_path: Path) -> None:
    path = tmp_path / "section.txt"
    path.write_text("བཀྲ་ཤིས་བདེ་ལེགས། " * 300)
    with pytest.raises(InvalidInput, match="no voice reads the script"):
        check(Params(), {"file": path})
    check(Params(section=SectionOf(language="en")), {"file": path})


def test_a_long_text_is_kept_as_a_file(tmp_path: Path) -> None:
    short, long = Params(text="word " * 1_000), Params(text="word " * 4_000)
    assert service.put_aside(short) == (short, {})
    kept, texts = service.put_aside(long)
    assert (kept.text, texts) == (None, {"file": long.text})
    ctx = FakeContext(tmp_path)
    child = ctx.submit(service, Params.model_validate({**QUICK, "text": "Hello there. " * 900}))
    assert child.result().data["sentences"] == 900


def test_a_speaker_of_a_section_is_one_of_the_cast() -> None:
    with pytest.raises(ValueError, match="no speaker 'bob'"):
        Params.model_validate({"voice": "heart", "section": {"language": "en", "speaker": "bob"}})


def test_cues_come_back_as_they_were_written(tmp_path: Path) -> None:
    cues = [Cue("one\ntwo", "en", "heart", 3, 100, 200), Cue("ba", "vi", "espeak-vi", 4, 300, 400)]
    write_cues(cues, tmp_path / "cues")
    assert list(read_cues(tmp_path / "cues")) == cues
    moved = list(read_cues(tmp_path / "cues", frames=5, paragraphs=2))
    assert [(cue.start_frame, cue.end_frame, cue.paragraph) for cue in moved] == [(105, 205, 5), (305, 405, 6)]
