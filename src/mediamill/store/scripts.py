"""The Lua moves: loaded from their files, with the tables that Python holds put before them."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import structlog
from redis.exceptions import NoScriptError, ResponseError

from mediamill.core.events import EVENTS_KEPT, LOG_LINES_KEPT
from mediamill.core.policy import AGEING_MS_PER_STEP, SUSPECT_SPREAD_MS, TURNS_AT_ONCE, WORKER_LOSS_LIMIT
from mediamill.core.states import MOVES, State
from mediamill.store.keys import Keys, quoted
from mediamill.store.pool import Client

_log = structlog.get_logger("mediamill.moves")

IDEMPOTENCY_KEPT_MS = 24 * 3600 * 1000
#: How long a claim is known by its token, for a worker that did not hear the answer.
CLAIM_KEPT_MS = 30_000
#: Jobs that may wait for one child, since its end tells all of them in one move: 60 us of the server for each.
PARENTS_OF_A_CHILD = 125
#: Moves that are sent at once; the server answers others in between.
MOVED_PER_TRIP = 500
#: How often a parent may wait for other children than before: an upgrade, or a redrive, cuts its work anew.
CHANGES_OF_CHILDREN = 10
#: Who waits for a turn (see store/turns.py) and is not woken looks again after so long, and after as much more for
#: each round of those before it; at most after `TURN_LONGEST_MS`.
TURN_LOOK_MS = 15_000
TURN_LONGEST_MS = 600_000
#: How long a place in the line outlives the time at which its job was to ask again.
PLACE_KEPT_MS = 60_000
#: Names at which one job may hold turns and have places.
TURNS_OF_A_JOB = 8
#: So long before something is to be looked at, the job that does it is called.
POLL_LEAD_MS = 2_000

#: Whose moves share what lies in `_{room}.lua`.
_ROOMS = ("cache", "library")

_LIMITS = {
    "events": EVENTS_KEPT,
    "log_lines": LOG_LINES_KEPT,
    "ageing_ms": AGEING_MS_PER_STEP,
    "worker_losses": WORKER_LOSS_LIMIT,
    "suspect_ms": SUSPECT_SPREAD_MS,
    "idempotency_ms": IDEMPOTENCY_KEPT_MS,
    "claim_ms": CLAIM_KEPT_MS,
    "parents": PARENTS_OF_A_CHILD,
    "changes": CHANGES_OF_CHILDREN,
    "turn_look_ms": TURN_LOOK_MS,
    "turn_longest_ms": TURN_LONGEST_MS,
    "place_ms": PLACE_KEPT_MS,
    "turns_of_a_job": TURNS_OF_A_JOB,
    "turns_at_once": TURNS_AT_ONCE,
    "poll_lead_ms": POLL_LEAD_MS,
}


@cache
def _source(name: str) -> str:
    return (files("mediamill.store") / "lua" / f"{name}.lua").read_text("utf-8")


def _table(values: dict[str, object]) -> str:
    return "{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items()) + "}"


def _moves() -> str:
    """Return core's table as Lua: MOVES[state][event] -> next state, "NONE" for no record."""
    lines = ["local MOVES = {}"]
    for state in State:
        after = {event.value: (to.value if to else "NONE") for (before, event), to in MOVES.items() if before is state}
        lines.append(f"MOVES.{state.value} = {_table(dict(after))}")
    return "\n".join(lines)


class Scripts:
    """Runs moves by name. Arguments that are None are left out.

    ticket: kombu's envelope with @QUEUE@ and @TAG@ in the places that differ.
    offset_ms: added to the server's clock; tests move time with it.
    """

    def __init__(self, client: Client, keys: Keys, ticket: str) -> None:
        self.client = client
        self.keys = keys
        self.offset_ms = 0
        limits = _table(dict(_LIMITS))
        self._prelude = "\n".join(
            [keys.lua(), _moves(), f"local LIMITS = {limits}", f"local TICKET = {quoted(ticket)}", _source("_prelude")]
        )
        self._shas: dict[str, str] = {}

    def now_ms(self) -> int:
        """Return the clock of the moves, Unix milliseconds."""
        seconds, microseconds = self.client.run("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000 + self.offset_ms

    def text(self, name: str) -> str:
        """Return the whole script: its first line stays first, the prelude follows."""
        shebang, rest = _source(name).split("\n", 1)
        shared = [_source(f"_{room}") for room in _ROOMS if name.startswith(f"{room}_")]
        return "\n".join([shebang, self._prelude, *shared, rest])

    def __call__(self, script: str, /, *argv: str, **call: object) -> Any:  # noqa: ANN401 - each script has its own reply
        """Run the move `script` with `call` as its JSON argument and `argv` after it.

        Raises Unavailable when the store is away or full; then nothing was changed, or (after a
        time-out) the whole move was.
        """
        arguments = self._arguments(argv, call)
        sha = self._shas.get(script) or self._load(script)
        try:
            return self.client.run("EVALSHA", sha, 0, *arguments)
        except NoScriptError:  # the server was restarted
            return self.client.run("EVALSHA", self._load(script), 0, *arguments)

    def many(
        self, script: str, calls: Sequence[dict[str, object]], argvs: Sequence[Sequence[str]] | None = None
    ) -> list[Any]:
        """Run one move for many jobs in one round trip; each is atomic by itself.

        argvs: what follows each call's JSON argument. A reply is a ResponseError where the store refused
        that one move.
        """
        if not calls:
            return []
        sha = self._shas.get(script) or self._load(script)
        commands: list[tuple[str | float, ...]] = [("SCRIPT LOAD", self.text(script))]  # the server may be a new one
        commands += [
            ("EVALSHA", sha, 0, *self._arguments(argv, call))
            for call, argv in zip(calls, argvs or [()] * len(calls), strict=True)
        ]
        return self.client.many(commands, keep_refused=True)[1:]

    def moved(self, script: str, calls: Mapping[str, dict[str, object]]) -> list[str]:
        """Make a move for each job, by its id, in few round trips; return those that moved.

        One that the store refuses (a spoilt record) is logged, and does not stop the others.
        """
        moved = []
        each, replies = list(calls.values()), []
        for start in range(0, len(each), MOVED_PER_TRIP):
            replies += self.many(script, each[start : start + MOVED_PER_TRIP])
        for (job_id, call), reply in zip(calls.items(), replies, strict=True):
            if isinstance(reply, ResponseError):
                _log.error("move.refused", job_id=job_id, move=call.get("event", script), why=str(reply))
            elif (reply if isinstance(reply, str) else reply[0]) == "moved":
                moved.append(job_id)
        return moved

    def _arguments(self, argv: Sequence[str], call: dict[str, object]) -> list[str]:
        given = {key: value for key, value in call.items() if value is not None}
        if self.offset_ms:
            given["offset_ms"] = self.offset_ms
        return [json.dumps(given, ensure_ascii=False, separators=(",", ":")), *argv]

    def _load(self, name: str) -> str:
        sha: str = self.client.run("SCRIPT LOAD", self.text(name))
        self._shas[name] = sha
        return sha
