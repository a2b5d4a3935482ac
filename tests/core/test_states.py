import pytest

from mediamill.core.states import FINAL, MOVES, RUNNING, WAITING, Move, State, rows

#: The table as the design tells it, written down a second time: a row that changes must change here too.
TOLD = """
(none)                 submit                                                     PENDING
PENDING                claim                                                      STARTED
STARTED                succeed                                                    SUCCESS
STARTED                fail poison                                                FAILURE
STARTED                retry later suspect                                        RETRY
STARTED                hand_back lose                                             PENDING
STARTED                cancel                                                     CANCELLING
CANCELLING             cancelled succeed fail retry later hand_back lose suspect poison  REVOKED
PENDING RETRY          cancel                                                     REVOKED
PENDING                expire                                                     FAILURE
PENDING                prioritise                                                 PENDING
RETRY                  prioritise                                                 RETRY
RETRY                  due wake                                                   PENDING
FAILURE REVOKED        redrive                                                    PENDING
SUCCESS FAILURE REVOKED  forget                                                   (none)
"""


def told() -> dict[tuple[State | None, Move], State | None]:
    """Return the table above in MOVES' form."""
    table: dict[tuple[State | None, Move], State | None] = {}
    for line in TOLD.strip().splitlines():
        *words, after = line.split()
        befores = [word for word in words if word == "(none)" or word.isupper()]
        for before in befores:
            for event in words[len(befores) :]:
                key = (None if before == "(none)" else State(before), Move(event))
                assert key not in table
                table[key] = None if after == "(none)" else State(after)
    return table


def test_the_table_is_the_designs_table_no_row_more_no_row_less() -> None:
    assert dict(MOVES) == told()


@pytest.mark.parametrize("state", State)
def test_every_state_is_of_one_kind(state: State) -> None:
    assert [state in kind for kind in (WAITING, RUNNING, FINAL)].count(True) == 1
    assert (state.final, state.running) == (state in FINAL, state in RUNNING)


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_and_left(state: State) -> None:
    assert any(after is state for (before, _), after in MOVES.items() if before is not state)
    assert any(before is state and after is not state for (before, _), after in MOVES.items())


def test_no_end_of_a_cancelled_attempt_is_anything_but_revoked() -> None:
    after = {event: to for (before, event), to in MOVES.items() if before is State.CANCELLING}
    assert set(after.values()) == {State.REVOKED}
    ends = {event for (before, event), to in MOVES.items() if before is State.STARTED and to not in RUNNING}
    assert ends <= after.keys()


def test_clients_see_celerys_words_only() -> None:
    assert {state.public for state in State} == {"PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"}
    assert State.CANCELLING.public == "STARTED"


def test_rows_of_an_event_are_its_part_of_the_table() -> None:
    assert rows(Move.CANCEL) == {"PENDING": "REVOKED", "RETRY": "REVOKED", "STARTED": "CANCELLING"}
    assert rows(Move.SUBMIT) == rows(Move.FORGET) == {}  # they begin or end with no record


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MOVES[State.SUCCESS, Move.CLAIM] = State.STARTED  # type: ignore[index]
