"""What is told of a recording has an end, however many files there are."""

from pathlib import Path

import pytest

from mediamill.media.live.feed import Source
from mediamill.services.recordings import finishing
from mediamill.services.recordings.params import Params
from mediamill.services.recordings.tape import Tape
from mediamill.testing import FakeContext

URL = "https://example.com/live/stream.m3u8"


def test_of_thousands_of_files_some_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "MOST_TOLD", 3)
    ctx = FakeContext(tmp_path)
    for number in range(1, 9):
        (ctx.lasting / f"part-{number:05d}.aac").write_bytes(b"no sound" * number)
    tape = Tape(ctx)
    result = finishing.finish(Params(url=URL), Source(URL), tape, ctx)
    assert len(result.files) == 8
    assert [len(result.data[name]) for name in ("files", "pictures")] == [3, 3]
    assert result.data["bytes"] == sum(8 * number for number in range(1, 9))
    assert "there are 8 files, of which 3 are named here" in result.data["fault"]
