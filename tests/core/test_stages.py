"""Stages of an attempt and their shares of its progress."""

from pathlib import Path

import pytest

from mediamill import Stages
from mediamill.testing import FakeContext


def test_each_stage_has_its_share_of_the_progress_in_its_place(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    stages = Stages(ctx, {"reading": 10, "speaking": 30})
    stages.teller("reading")(0.5, "page 1 of 2")
    stages.teller("speaking")(0.0, "")
    stages.teller("speaking")(1.0, "")
    assert [(each.fraction, each.note) for each in ctx.progressed] == [
        (0.125, "reading: page 1 of 2"),
        (0.25, "speaking"),
        (1.0, "speaking"),
    ]


def test_no_stage_begins_before_the_one_before_it_ends(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    stages = Stages(ctx, {str(number): 1 / (number + 3) for number in range(50)})
    for number in range(50):
        stages.teller(str(number))(0.0, "")
        stages.teller(str(number))(1.0, "")
    told = [each.fraction for each in ctx.progressed]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_stage_with_nothing_to_do_leaves_its_share_to_those_behind_it(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    stages = Stages(ctx, {"reading": 10, "looking": 20, "speaking": 30, "writing": 10})
    stages.teller("reading")(1.0, "")
    stages.leave_out("looking")
    for stage in ("speaking", "writing"):
        stages.teller(stage)(0.0, "")
        stages.teller(stage)(1.0, "")
    assert [each.fraction for each in ctx.progressed] == [pytest.approx(n / 7) for n in (1, 1, 5.5, 5.5, 7)]
    with pytest.raises(ValueError, match="no stage is behind"):
        stages.leave_out("writing")


def test_a_stage_that_the_attempt_does_not_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="painting"):
        Stages(FakeContext(tmp_path), {"reading": 1.0}).teller("painting")
