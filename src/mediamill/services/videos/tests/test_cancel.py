"""A cancel in any stage ends the job and the processes that work for it; what was finished stays in the cache."""

from pathlib import Path

import psutil
import pytest

from mediamill import Cancelled
from mediamill.services.videos.tests.parts import kinds, made
from mediamill.testing import FakeContext, eventually


class CancelledAt(FakeContext):
    """Is cancelled when it tells of something that begins like `at`, for the n-th time."""

    at = ""
    times = 1

    def progress(self, fraction: float, note: str = "") -> None:
        super().progress(fraction, note)
        self.times -= note.startswith(self.at)
        if self.times == 0:
            raise Cancelled


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.mark.parametrize(
    ("at", "times"),
    [
        ("script", 1),
        ("voice: sentence 2", 1),
        ("pictures: 2", 1),
        ("composing: scene 2", 2),  # the second time, the encoder is at work
        ("composing: sound", 1),
        ("composing: cut", 1),
    ],
)
def test_a_cancel_leaves_nothing_running(at: str, times: int, tmp_path: Path) -> None:
    ctx = CancelledAt(tmp_path)
    ctx.at, ctx.times = at, times
    before = children()
    with pytest.raises(Cancelled):
        made(ctx)
    eventually(lambda: set(children()) <= set(before), within_s=3)
    assert not list(tmp_path.glob("making-*"))


def test_the_next_attempt_makes_what_the_first_had_not(tmp_path: Path) -> None:
    ctx = CancelledAt(tmp_path)
    ctx.at, ctx.times = "composing: scene 3", 2
    with pytest.raises(Cancelled):
        made(ctx)
    assert kinds(ctx.made)["film.shot"] == 2
    again = FakeContext(tmp_path, attempt=2)
    made(again)
    assert kinds(again.made) == {"film.shot": 1}
