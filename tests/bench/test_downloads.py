"""What bench/downloads counts is what happened. No timing here."""

import pytest
from bench.downloads import answers, archive, guard, wrapped
from bench.downloads.scale import TINY
from bench.speech.peers import PEERS


@pytest.mark.skipif(not PEERS.exists(), reason="scripts/setup bench was not run")
def test_every_side_sends_the_same_files() -> None:
    """The sizes are compared where they are counted: all sides send as much, and headers."""
    told = archive.measure(TINY)
    assert f"A ZIP of {TINY.files} files" in told
    for row in ("mediamill, the archive", "FastAPI and zipstream-ng", "zipfile, into a pipe"):
        assert f"| {row}" in told


def test_a_file_comes_whole_straight_and_through_the_guard() -> None:
    """The sizes are compared where they are counted."""
    told = guard.measure(TINY)
    for row in ("straight from the server", "through the guard, plain HTTP", "through the guard, CONNECT"):
        assert f"| {row}" in told


def test_a_download_alone_and_as_a_job_and_from_the_cache() -> None:
    """That it came, came anew, and was answered by a job that has succeeded, is looked at where it is counted."""
    told = wrapped.measure(TINY)
    for row in ("1 MB", "2 MB"):
        assert f"| {row} |" in told
    assert "| >= 500 |" in answers.measure(TINY)
