"""What bench/video counts is what happened: its tables make claims about other people's work. No timing here."""

import sys
from pathlib import Path

import av
import numpy as np
import pytest
from bench.speech.peers import PEERS
from bench.video import encoding, films, footage, memory, page
from bench.video.films import HD
from bench.video.scale import TINY
from bench.video.used import used_by

#: Films take seconds: they are made where the bench is set up.
needs_peers = pytest.mark.skipif(not PEERS.exists(), reason="scripts/setup bench was not run")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenes of two seconds."""
    folder = tmp_path_factory.mktemp("footage")
    return footage.made(folder, HD, 4.0, scene_s=2.0).write(folder / "film.json")


def middle(path: Path, second: float) -> np.ndarray:
    """Return the frame that is seen at a time, RGB."""
    with av.open(str(path)) as file:
        shown = [frame for frame in file.decode(video=0) if frame.time is not None and frame.time <= second][-1]
        return shown.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().astype(int)


def seconds(path: Path) -> tuple[float, float]:
    """Return how long the picture and the sound of a film are."""
    with av.open(str(path)) as file:
        lengths = [
            float(stream.duration * stream.time_base)
            for stream in (*file.streams.video, *file.streams.audio)
            if stream.duration is not None and stream.time_base is not None
        ]
        return lengths[0], lengths[1]


@needs_peers
def test_both_sides_make_the_same_film(film: Path, tmp_path: Path) -> None:
    """As long, with sound, the same pictures; words stand at the bottom, and fade with their picture in neither."""
    ours, theirs = tmp_path / "ours.mp4", tmp_path / "theirs.mp4"
    assert films.by_us(film, ours).cpu_s > 0.1
    assert films.by_moviepy(film, theirs).cpu_s > 0.1
    lasts_s = footage.read(film).seconds
    for path in (ours, theirs):
        assert seconds(path) == pytest.approx((lasts_s, lasts_s), abs=0.1)
    for second in (0.2, 1.2, 3.0):
        one, other = middle(ours, second), middle(theirs, second)
        assert np.abs(one[:560] - other[:560]).mean() < 4, "the pictures differ"
        assert (np.abs(one[600:] - one[598]).max() > 100) == (np.abs(other[600:] - other[598]).max() > 100)


@needs_peers
def test_with_a_zoom_both_sides_come_nearer(film: Path, tmp_path: Path) -> None:
    for make, name in ((films.by_us, "ours.mp4"), (films.by_moviepy, "theirs.mp4")):
        path = tmp_path / name
        make(film, path, "zoom=1")
        first, last = middle(path, 0.1), middle(path, 1.9)
        assert np.abs(first[:560] - last[:560]).mean() > 1


def test_what_a_command_and_its_children_use_is_counted() -> None:
    """A grandchild burns half a second and holds 100 MiB; who starts it does nothing."""
    burn = "import time; kept = b'x' * 104857600\nwhile time.process_time() < 0.5: pass"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True); print('done')"
    used = used_by((sys.executable, "-c", start))
    assert 0.5 <= used.cpu_s < 3
    assert used.peak_mib > 100
    assert used.printed == "done\n"


def test_footage_has_the_length_asked_for_and_comes_back_from_its_file(film: Path) -> None:
    told = footage.read(film)
    assert told.seconds == pytest.approx(4, abs=0.1)
    assert [len(scene.cues) for scene in told.scenes] == [1, 1]
    assert all(0 <= cue.start_s < cue.end_s <= scene.seconds for scene in told.scenes for cue in scene.cues)
    assert footage.read(told.write(film.with_name("again.json"))) == told


@needs_peers
def test_the_tables_of_pictures_and_memory_are_made() -> None:
    assert "1080p25" in encoding.measure(TINY)
    assert "+10 %" in memory.measure(TINY)


@needs_peers
def test_the_table_of_whole_jobs_is_made() -> None:
    assert "one scene changed" in page.measure(TINY)
    assert page.page(1) != page.page(2)
