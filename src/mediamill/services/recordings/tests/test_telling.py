from pathlib import Path

import pytest

from mediamill.media.live.parts import Parts
from mediamill.services.recordings.tape import Tape
from mediamill.services.recordings.telling import Telling, clock, size
from mediamill.testing import FakeContext


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.9, "0:59"), (751, "12:31"), (3_600, "1:00:00"), (86_399, "23:59:59")]
)
def test_a_length_is_told_as_on_a_clock(seconds: float, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("size_bytes", "said"), [(0, "0 kB"), (1_499, "1 kB"), (281_400_000, "281 MB"), (1_234_000_000, "1.23 GB")]
)
def test_a_size_is_told_in_the_unit_that_suits_it(size_bytes: int, said: str) -> None:
    assert size(size_bytes) == said


def test_a_line_says_how_it_goes(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    parts = Parts(ctx.lasting, tape.take)
    telling = Telling(ctx, tape, parts, duration_s=10.0)
    telling.look()
    assert ctx.progressed == [], "nothing came yet"
    parts.begin(".ts")
    parts.write(b"\x47" * 2_000_000)
    tape.note(reconnects=2)
    telling.look()
    telling.look()
    [told] = ctx.progressed
    assert told.note == "recording 0:00, 2 MB, 2 reconnects"
    assert 0 <= told.fraction < 0.5


def test_of_an_end_that_nobody_knows_no_fraction_is_told(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    tape.note(began_at=1.0, size_bytes=5_000_000_000, reconnects=1)
    Telling(ctx, tape, Parts(ctx.lasting, tape.take), duration_s=None).look()
    [told] = ctx.progressed
    assert told.fraction == 0
    assert told.note.endswith(", 5.00 GB, 1 reconnect")
