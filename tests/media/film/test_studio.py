"""The studio keeps what it made, and its crew is gone with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import psutil
import pytest
from tests.media.film.footage import STILL, painted, seen

from mediamill.core.errors import Cancelled, RetryableError
from mediamill.media.film.look import Container, Lettering, Look, Place
from mediamill.media.film.shot import Caption, Shot
from mediamill.media.film.studio import Studio
from mediamill.media.makers import made_by
from mediamill.testing import FakeContext, eventually

COLOURS = ("red", "lime", "blue", "yellow", "gray", "white", "black")
CREW = "mediamill.media.film.crew"


def scenes(folder: Path, colours: Sequence[str] = COLOURS, words: str = "words") -> list[Shot]:
    """Return a shot for each colour, each faded in from the one before; the pictures are in a new folder."""
    folder.mkdir()
    pictures = [painted(folder / f"{number}.png", colour) for number, colour in enumerate(colours)]
    return [
        Shot(picture, 30 + number, (Caption(f"{words} {number}", 3, 20),), pictures[number - 1] if number else None)
        for number, picture in enumerate(pictures)
    ]


def shoot(ctx: FakeContext, shots: Sequence[Shot], look: Look = STILL) -> list[Path]:
    with Studio(ctx, look) as studio:
        return [studio.shoot(each) for each in shots]


@dataclass(frozen=True)
class Kept:
    """A shot whose segment is in the cache of a folder."""

    folder: Path
    shots: list[Shot]
    segments: list[Path]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    shots = scenes(folder / "pictures")[1:2]
    return Kept(folder, shots, shoot(FakeContext(folder), shots))


def crew() -> list[psutil.Process]:
    """Return the crews that this process has started."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if CREW in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_segment_is_shot_by_a_crew_that_is_gone_afterwards(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    told: list[float] = []
    with Studio(ctx, STILL) as studio:
        path = studio.shoot(scenes(tmp_path / "pictures")[0], told.append)
        assert crew()
    assert not crew()
    assert [frame.number for frame in seen(path)] == [0, 3, 20, 29]
    assert told[-1] == 1.0
    assert ctx.ran == [(CREW,)]


def test_the_same_scenes_are_found_again_wherever_their_pictures_are(tmp_path: Path) -> None:
    first = shoot(FakeContext(tmp_path), scenes(tmp_path / "one"))
    again = FakeContext(tmp_path, attempt=2)
    assert shoot(again, scenes(tmp_path / "other")) == first
    assert (again.made, again.ran) == ([], []), "no crew is started for what is there"


def test_a_changed_picture_is_shot_again_and_what_is_faded_from_it(tmp_path: Path) -> None:
    before = shoot(FakeContext(tmp_path), scenes(tmp_path / "one"))
    changed = [*COLOURS]
    changed[3] = "orange"
    again = FakeContext(tmp_path, attempt=2)
    after = shoot(again, scenes(tmp_path / "other", changed))
    assert [number for number, path in enumerate(after) if path != before[number]] == [3, 4]
    assert len(again.made) == 2


def test_changed_words_are_shot_again_alone(tmp_path: Path) -> None:
    shots = scenes(tmp_path / "one")
    before = shoot(FakeContext(tmp_path), shots)
    shots[3] = replace(shots[3], captions=(Caption("other words", 3, 20),))
    after = shoot(FakeContext(tmp_path), shots)
    assert [number for number, path in enumerate(after) if path != before[number]] == [3]


@pytest.mark.parametrize(
    "look",
    [
        replace(STILL, fps=30),
        replace(STILL, container=Container.WEBM),
        replace(STILL, constant_rate=True),
        replace(STILL, zoom=True),
        replace(STILL, crossfade_s=0.6),
        replace(STILL, lettering=Lettering(1.5)),
        replace(STILL, lettering=Lettering(place=Place.TOP)),
        replace(STILL, lettering=None),
    ],
    ids=str,
)
def test_another_look_is_another_segment(look: Look, kept: Kept) -> None:
    assert shoot(FakeContext(kept.folder), kept.shots, look) != kept.segments


def test_another_encoder_is_another_segment(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """It might not fit behind those that the old one made."""
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99.0" if name == "av" else known(name))
    made_by.cache_clear()
    assert shoot(FakeContext(kept.folder), kept.shots) != kept.segments
    made_by.cache_clear()


def test_what_changes_nothing_in_a_shot_is_not_asked_for_again(tmp_path: Path) -> None:
    """Neither a fade where nothing is before, nor letters where nothing is said."""
    shot = replace(scenes(tmp_path / "pictures")[0], captions=())
    other = replace(STILL, crossfade_s=1.0, lettering=Lettering(2.0))
    assert shoot(FakeContext(tmp_path), [shot]) == shoot(FakeContext(tmp_path), [shot], other)
    second = scenes(tmp_path / "others")[1]
    hard = replace(STILL, crossfade_s=0.0)
    assert shoot(FakeContext(tmp_path), [second], hard) == shoot(
        FakeContext(tmp_path), [replace(second, before=None)], hard
    )


def test_a_cancel_kills_the_crew_and_leaves_no_file(tmp_path: Path) -> None:
    long = replace(scenes(tmp_path / "pictures")[0], frames=100_000)
    ctx = FakeContext(tmp_path)

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with Studio(ctx, replace(STILL, constant_rate=True)) as studio, pytest.raises(Cancelled):
        studio.shoot(long, cancel)
    assert not crew()
    assert ctx.made == []
    assert not list((tmp_path / "cache").iterdir())
    assert not list(tmp_path.glob("making-*"))


def test_a_crew_that_is_killed_is_told_and_the_next_shot_has_a_new_one(tmp_path: Path) -> None:
    shots = scenes(tmp_path / "pictures")
    ctx = FakeContext(tmp_path)

    def kill(_fraction: float) -> None:
        for process in crew():
            process.kill()

    with Studio(ctx, replace(STILL, constant_rate=True)) as studio:
        with pytest.raises(RetryableError) as lost:
            studio.shoot(replace(shots[0], frames=100_000), kill)
        assert lost.value.code == "PROGRAM_LOST"
        assert ctx.made == []
        assert studio.shoot(shots[0]).is_file()
    assert eventually(lambda: not crew())
