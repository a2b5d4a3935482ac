"""Parts become files that have every picture once and in order, and a part that does not fit is kept as it is."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from tests.live.film import SMALL, WIDE, frames, lost, repeated
from tests.live.muxed import SUFFIXES, copied, muxed
from tests.live.recording import recordings
from tests.live.reel import Container
from tests.live.site import live_site

from mediamill.core.context import Completed
from mediamill.media import warm
from mediamill.media.adapters.ffmpeg import ffmpeg
from mediamill.media.live.copier import Wishes
from mediamill.media.live.feed import Feed, Shape
from mediamill.media.live.joining import Joined, Track, Unsure, join, room_bytes, verify
from mediamill.media.live.thumbnail import thumbnail
from mediamill.testing import FakeContext, eventually

Join = Callable[..., tuple[Joined, ...]]


@pytest.fixture(scope="module", autouse=True)
def _no_parent_stays() -> Iterator[None]:
    yield
    warm.close()


@pytest.fixture
def ctx(tmp_path: Path) -> FakeContext:
    return FakeContext(tmp_path)


@pytest.fixture
def joined(ctx: FakeContext) -> Join:
    def begin(*parts: Path, suffix: str = ".mp4", floor_bytes: int = 0) -> tuple[Joined, ...]:
        return join(parts, ctx.scratch / f"recording{suffix}", ctx, floor_bytes=floor_bytes)

    return begin


def streams(path: Path) -> dict[str, tuple[str, float]]:
    """Return the codec and the length of each track, seconds."""
    with av.open(str(path)) as file:
        return {
            each.type: (each.codec_context.codec_tag, float((each.duration or 0) * (each.time_base or 0)))
            for each in file.streams
        }


@pytest.mark.parametrize("container", SUFFIXES)
def test_parts_become_one_file_with_every_picture_once(tmp_path: Path, joined: Join, container: Container) -> None:
    parts = [copied(tmp_path, container, range(first, first + 4)) for first in (0, 4, 8)]
    before = [part.read_bytes() for part in parts]
    (made,) = joined(*parts)
    assert (made.path.name, made.parts, made.note) == ("recording.mp4", tuple(parts), "")
    assert (made.width, made.height) == (WIDE.width, WIDE.height)
    assert frames(made.path) == list(range(24))
    assert made.seconds == pytest.approx(2.4, abs=0.1)
    assert [part.read_bytes() for part in parts] == before
    body = made.path.read_bytes()
    assert body.index(b"moov") < body.index(b"mdat")


@pytest.mark.parametrize("suffix", [".mkv", ".ts"])
@pytest.mark.parametrize("container", SUFFIXES)
def test_other_containers_have_the_same(tmp_path: Path, joined: Join, container: Container, suffix: str) -> None:
    (made,) = joined(*(copied(tmp_path, container, range(n, n + 3)) for n in (0, 3)), suffix=suffix)
    assert made.note == ""
    assert frames(made.path) == list(range(12))
    assert set(streams(made.path)) == {"video", "audio"}


def test_another_size_begins_another_file(tmp_path: Path, joined: Join) -> None:
    wide, small, again = (
        copied(tmp_path, Container.TS, range(n, n + 3), picture) for n, picture in ((0, WIDE), (3, SMALL), (6, WIDE))
    )
    made = joined(wide, small, again)
    assert [each.path.name for each in made] == ["recording.mp4", "recording-2.mp4", "recording-3.mp4"]
    assert [each.parts for each in made] == [(wide,), (small,), (again,)]
    assert [each.width for each in made] == [160, 128, 160]
    assert [n for each in made for n in frames(each.path)] == list(range(18))


def test_clocks_that_begin_anew_with_each_part_go_on(tmp_path: Path, joined: Join) -> None:
    parts = [muxed(tmp_path / f"{n}.ts", range(n, n + 5), shift_s=-n / 5) for n in (0, 5, 10)]
    (made,) = joined(*parts)
    assert frames(made.path) == list(range(30))
    assert made.seconds == pytest.approx(3.0, abs=0.2)


def test_a_clock_that_wraps_in_the_middle_of_a_part_goes_on(tmp_path: Path, joined: Join) -> None:
    wrapping = muxed(tmp_path / "a.ts", range(10), shift_s=2**33 / 90_000 - 1)
    after = muxed(tmp_path / "b.ts", range(10, 15), shift_s=-1)
    (made,) = joined(wrapping, after)
    assert frames(made.path) == list(range(30))
    assert made.seconds == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize("second", [range(500, 505), range(5)])
def test_a_clock_that_jumps_in_the_middle_of_a_part_is_no_time_that_passes(
    tmp_path: Path, joined: Join, second: range
) -> None:
    part = tmp_path / "jumps.ts"
    part.write_bytes(b"".join(copied(tmp_path, Container.TS, each).read_bytes() for each in (range(50, 55), second)))
    (made,) = joined(part)
    assert frames(made.path) == [*range(100, 110), *range(second.start * 2, second.stop * 2)]
    assert made.seconds == pytest.approx(2.0, abs=0.3)
    tracks = streams(made.path)
    assert tracks["audio"][1] == pytest.approx(tracks["video"][1], abs=0.2)


def test_sound_that_begins_late_is_there_and_in_time(tmp_path: Path, joined: Join) -> None:
    """Later than a reader looks for it by itself."""
    first = muxed(tmp_path / "a.ts", range(5), tracks=["video"])
    second = muxed(tmp_path / "b.ts", range(5, 60), late_s=11)
    (made,) = joined(first, second)
    assert made.note == ""
    assert frames(made.path) == list(range(120))
    assert streams(made.path)["audio"][1] == pytest.approx(1.0, abs=0.1)
    assert made.seconds == pytest.approx(12.0, abs=0.2)


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("suffix", [".ts", ".flv", ".mp4"])
def test_one_track_alone_is_a_recording_too(tmp_path: Path, joined: Join, kind: str, suffix: str) -> None:
    parts = [muxed(tmp_path / f"{n}{suffix}", range(n, n + 5), tracks=[kind]) for n in (0, 5)]
    (made,) = joined(*parts)
    assert (made.note, set(streams(made.path))) == ("", {kind})
    assert made.seconds == pytest.approx(2.0, abs=0.2)
    assert made.width == (WIDE.width if kind == "video" else 0)


@pytest.mark.parametrize("suffix", [".ts", ".flv"])
def test_hevc_is_named_so_that_every_player_takes_it(tmp_path: Path, joined: Join, suffix: str) -> None:
    part = tmp_path / f"part{suffix}"
    order = (
        "-v error -f lavfi -i testsrc2=s=160x90:r=10 -t 1 -c:v libx265 -preset ultrafast -x265-params log-level=none"
    )
    subprocess.run([ffmpeg(), *order.split(), part], check=True)
    (made,) = joined(part)
    assert made.note == ""
    assert streams(made.path)["video"][0] == "hvc1"


def test_what_cannot_be_read_is_kept_as_it_is_and_told(tmp_path: Path, joined: Join) -> None:
    parts = [copied(tmp_path, Container.TS, range(n, n + 3)) for n in (0, 3)]
    bad = tmp_path / "part-00002.ts"
    bad.write_bytes(b"no stream at all" * 1_000)
    first, kept = joined(parts[0], bad, parts[1])
    assert first.parts == tuple(parts)
    assert frames(first.path) == list(range(12))
    assert (kept.path, kept.parts) == (bad, (bad,))
    assert "could not be read" in kept.note
    assert str(tmp_path) not in kept.note


def test_what_can_be_read_in_part_is_joined_and_kept_besides(tmp_path: Path, joined: Join) -> None:
    part = copied(tmp_path, Container.FLV, range(3))
    part.write_bytes(part.read_bytes() + b"\xee" * 200_000)
    made, kept = joined(part)
    assert frames(made.path) == list(range(6))
    assert (kept.path, kept.parts) == (part, (part,))
    assert "up to byte" in kept.note


def test_a_file_with_two_streams_in_it_is_joined_whole(tmp_path: Path, joined: Join) -> None:
    """As recorders leave it that go on in the same file after an outage: the first ends in the middle of a picture."""
    first, cut, second = (
        copied(tmp_path, Container.FLV, each).read_bytes() for each in (range(2), range(3), range(10, 13))
    )
    part = tmp_path / "both.flv"
    part.write_bytes(cut[: len(first) + 60] + second)
    (made,) = joined(part)
    assert (made.note, made.parts) == ("", (part,))
    assert frames(made.path) == [0, 1, 2, 3, *range(20, 26)]


def test_where_the_disk_lacks_room_the_parts_stay_as_they_are(tmp_path: Path, joined: Join) -> None:
    parts = [copied(tmp_path, Container.TS, range(n, n + 3)) for n in (0, 3)]
    free = shutil.disk_usage(tmp_path).free
    made = joined(*parts, floor_bytes=free)
    assert [each.path for each in made] == parts
    assert all(f"{room_bytes(parts) + free:,} bytes" in each.note for each in made)


class Cramped(FakeContext):
    """Lets programs write next to nothing: as a disk that others fill meanwhile."""

    def run(self, *argv: str | Path, **options: Any) -> Completed:  # noqa: ANN401 - as the context's
        return super().run(*argv, **{**options, "file_bytes": 4_096})


def test_where_the_disk_fills_meanwhile_the_parts_stay_as_they_are(tmp_path: Path) -> None:
    ctx = Cramped(tmp_path)
    parts = [copied(tmp_path, Container.TS, range(n, n + 3)) for n in (0, 3)]
    made = join(parts, ctx.scratch / "recording.mp4", ctx)
    assert [(each.path, each.parts) for each in made] == [(part, (part,)) for part in parts]
    assert all("the disk is full" in each.note for each in made)
    assert [path for path in ctx.scratch.rglob("*") if path.is_file()] == []


class Crashing(FakeContext):
    """Its program dies of the second of the parts that it is told of, once."""

    def run(self, *argv: str | Path, **options: Any) -> Completed:  # noqa: ANN401 - as the context's
        if not self.ran:
            self.ran.append(("crashed",))
            options["on_line"]('{"part": 1}')
            return Completed(("join",), -11, "")
        return super().run(*argv, **options)


def test_a_part_of_which_the_reader_dies_is_left_out_and_the_others_are_joined(tmp_path: Path) -> None:
    ctx = Crashing(tmp_path)
    parts = [copied(tmp_path, Container.TS, range(n, n + 3)) for n in (0, 3, 6)]
    made, kept = join(parts, ctx.scratch / "recording.mp4", ctx)
    assert made.parts == (parts[0], parts[2])
    assert kept.parts == (parts[1],)
    assert "-11" in kept.note


class Hostile(FakeContext):
    """Its program, taken over by what it read, leaves something else in its answer's place."""

    answer: Callable[[Path], object]

    def run(self, *argv: str | Path, **options: Any) -> Completed:  # noqa: ANN401 - as the context's
        self.answer(options["cwd"] / "made.json")
        return Completed(tuple(map(str, argv)), 0, "")


def endless(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**30)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda path: path.symlink_to(path.parents[2] / "secret.json"), "no answer that can be read"),
        (os.mkfifo, "is no file"),
        (endless, "more than"),
    ],
    ids=["a link", "a pipe", "a file without end"],
)
def test_an_answer_that_leads_elsewhere_is_not_read(
    tmp_path: Path, answer: Callable[[Path], object], said: str
) -> None:
    ctx = Hostile(tmp_path)
    ctx.answer = answer
    (tmp_path / "secret.json").write_text('{"faults": {}, "files": []}', "utf-8")
    part = tmp_path / "part.ts"
    part.write_bytes(b"a")
    with pytest.raises(RuntimeError, match=said):
        join([part], ctx.scratch / "recording.mp4", ctx)
    assert part.read_bytes() == b"a"


def test_hundreds_of_parts_are_one_file_also_when_the_job_is_asked_to_finish_meanwhile(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    told: list[float] = []

    def stop(fraction: float, _words: str) -> None:
        told.append(fraction)
        ctx.stopping = True

    first = copied(tmp_path, Container.TS, range(1))
    parts = [first, *(tmp_path / f"part-{number:05d}.ts" for number in range(1, 400))]
    for part in parts[1:]:
        part.hardlink_to(first)
    (made,) = join(parts, ctx.scratch / "recording.mp4", ctx, stop)
    assert ctx.stopping
    assert told == sorted(told)
    assert made.parts == tuple(parts)
    assert frames(made.path) == [0, 1] * 400
    assert made.seconds == pytest.approx(400 * 0.2, rel=0.2)


def test_nothing_is_joined_of_nothing_nor_into_what_is_no_container(joined: Join) -> None:
    assert joined() == ()
    with pytest.raises(ValueError, match="no container"):
        joined(suffix=".avi")


def test_what_the_copier_recorded_is_joined_with_nothing_lost(tmp_path: Path, ctx: FakeContext) -> None:
    with live_site() as site, recordings(site, tmp_path) as here:
        fair = site.channel("fair")
        fair.on()
        made = here.start(Feed(site.flv("fair"), Shape.FLV), Wishes(part_s=0.4))
        eventually(lambda: len(made.parts) >= 2)
        fair.change(SMALL)
        eventually(lambda: len(made.parts) >= 4)
        made.stop.set()
        made.ended()
        recorded = made.numbers()
        files = join([part.path for part in made.parts], ctx.scratch / "recording.mp4", ctx)
    assert [each.width for each in files] == [WIDE.width, SMALL.width]
    numbers = [number for each in files for number in frames(each.path)]
    assert numbers == recorded
    assert (lost(numbers), repeated(numbers)) == (0, 0)


# ---- being sure


VIDEO, AUDIO = Track("video", 100, 10.0), Track("audio", 400, 10.1)


def test_a_file_that_has_all_is_sure() -> None:
    verify([VIDEO, AUDIO], [Track("video", 100, 10.3), AUDIO], [5.0, 5.0], 10.1)


@pytest.mark.parametrize(
    ("found", "parts_s"),
    [
        ([VIDEO], [10.0]),
        ([Track("video", 99, 10.0), AUDIO], [10.0]),
        ([Track("video", 100, 8.0), AUDIO], [10.0]),
        ([VIDEO, AUDIO], [5.0, 4.0]),
    ],
)
def test_a_file_that_lacks_a_packet_a_track_or_time_is_not(found: list[Track], parts_s: list[float]) -> None:
    with pytest.raises(Unsure):
        verify([VIDEO, AUDIO], found, parts_s, 10.1)


# ---- its picture


def test_a_picture_of_it_is_drawn_and_none_of_sound_alone(tmp_path: Path, ctx: FakeContext) -> None:
    video = muxed(tmp_path / "video.mp4", range(5))
    drawn = thumbnail(video, ctx.scratch / "thumbnail.jpg", ctx)
    assert drawn is not None
    with av.open(str(drawn)) as file:
        (frame,) = file.decode(video=0)
        assert (frame.width, frame.height) == (160, 90)
        assert frame.to_ndarray(format="gray").std() > 20
    sound = muxed(tmp_path / "sound.mp4", range(5), tracks=["audio"])
    assert thumbnail(sound, ctx.scratch / "thumbnail.jpg", ctx) is None
