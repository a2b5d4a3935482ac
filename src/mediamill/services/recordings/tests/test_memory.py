"""What a watcher knows from one look to the next."""

import json

import pytest

from mediamill.services.recordings.watching.memory import Memory


def recorded(broadcast: str, *, enough: bool) -> Memory:
    return Memory().saw(broadcast, 1.0).begins(2.0).recorded("job", enough=enough)


def test_what_is_live_is_wanted_once() -> None:
    seen = Memory().saw("7300", 1.0)
    assert (seen.wanted, seen.live, seen.begun, seen.looked_at) == ("7300", True, False, 1.0)
    assert (seen.begins(2.0).begun, seen.begins(2.0).made) == (True, 1)


@pytest.mark.parametrize("broadcast", ["7300", ""])
def test_what_goes_on_after_its_recording_broke_off_is_wanted_again(broadcast: str) -> None:
    assert recorded(broadcast, enough=False).saw(broadcast, 2.0).wanted == broadcast


@pytest.mark.parametrize("broadcast", ["7300", ""])
def test_a_broadcast_of_which_there_is_enough_has_to_go_off_air_first(broadcast: str) -> None:
    enough = recorded(broadcast, enough=True)
    assert enough.saw(broadcast, 2.0).wanted is None
    assert enough.saw_nothing("", 3.0).saw(broadcast, 4.0).wanted == broadcast


@pytest.mark.parametrize(
    ("before", "now", "wanted"), [("7300", "7301", True), ("7300", "", False), ("", "7301", False)]
)
def test_another_broadcast_is_told_by_its_name_alone(before: str, now: str, wanted: bool) -> None:  # noqa: FBT001
    assert (recorded(before, enough=True).saw(now, 2.0).wanted is not None) is wanted


def test_looks_that_fail_come_more_and_more_seldom_and_never_sooner_than_wished() -> None:
    memory, pauses = Memory(), []
    for _ in range(40):
        pauses.append(memory.pause_s(60))
        memory = memory.failed("UPSTREAM", 1.0)
    assert pauses[:4] == [60, 120, 240, 480]
    assert pauses[-1] == 3_600
    assert memory.pause_s(7_200) == 7_200
    assert memory.saw_nothing("", 2.0).pause_s(60) == 60


def test_a_recording_that_failed_is_wanted_again() -> None:
    failed = Memory().saw("7300", 1.0).begins(2.0).not_recorded("job", "UPSTREAM")
    assert (failed.wanted, failed.code, failed.fails) == (None, "UPSTREAM", 1)
    assert failed.saw("7300", 2.0).wanted == "7300"


def test_it_survives_as_json_and_as_that_of_another_version() -> None:
    memory = recorded("7300", enough=True).failed("BLOCKED", 2.5)
    assert Memory.of(json.loads(json.dumps(memory.facts()))) == memory
    assert Memory.of({"made": 3, "later": "?"}) == Memory(made=3)
