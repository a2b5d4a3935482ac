"""Reads of many watchers over a few connections: what is asked at the same time travels together."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis

from mediamill.store.pool import unavailable

#: Round trips under way at once, each over a connection of its own.
TRIPS: Final = 4
#: Questions in one round trip. A thousand jobs that ring at once are read in a few trips, and none waits for all.
QUESTIONS: Final = 50

Command = tuple[str | int, ...]


class _Question(NamedTuple):
    commands: Sequence[Command]
    answer: asyncio.Future[list[Any]]


class Reader:
    """Belongs to the event loop in which it is first used; `close` it there.

    connect: opens a client that has TRIPS connections.
    """

    def __init__(self, connect: Callable[[], Redis]) -> None:
        self._connect = connect
        self._redis: Redis | None = None
        self._asked: deque[_Question] = deque()
        self._trips: set[asyncio.Task[None]] = set()

    async def ask(self, *commands: Command) -> list[Any]:
        """Run commands at one moment; return their replies. Raises Unavailable when the store is away."""
        question = _Question(commands, asyncio.get_running_loop().create_future())
        self._asked.append(question)
        if len(self._trips) < TRIPS:
            # It sets out in the loop's next turn: who woke with us has asked by then.
            trip = asyncio.create_task(self._travel())
            self._trips.add(trip)
            trip.add_done_callback(self._trips.discard)
        return await question.answer

    async def close(self) -> None:
        """Wait for what is under way, bounded by the connections' time-outs, and close them."""
        if self._trips:
            await asyncio.wait(self._trips)
        if self._redis is not None:
            await self._redis.aclose()

    async def _travel(self) -> None:
        while self._asked:
            questions = list(islice(self._asked, QUESTIONS))
            for _ in questions:
                self._asked.popleft()
            try:
                replies = await self._carry([command for each in questions for command in each.commands])
            except Exception as error:  # noqa: BLE001 - each asker gets it
                for question in questions:
                    _tell(question.answer, error)
            else:
                for question in questions:
                    _tell(question.answer, [next(replies) for _ in question.commands])

    async def _carry(self, commands: Sequence[Command]) -> Any:  # noqa: ANN401 - an iterator of any replies
        if self._redis is None:
            self._redis = self._connect()
        pipe = self._redis.pipeline(transaction=True)
        for command in commands:
            pipe.execute_command(*command)
        return iter(await pipe.execute(raise_on_error=False))


def _tell(answer: asyncio.Future[list[Any]], told: list[Any] | Exception) -> None:
    """Give one asker its replies, or the error that is among them."""
    if answer.done():  # it was cancelled
        return
    if isinstance(told, list) and not any(isinstance(reply, Exception) for reply in told):
        answer.set_result(told)
        return
    error = told if isinstance(told, Exception) else next(reply for reply in told if isinstance(reply, Exception))
    answer.set_exception(unavailable(error) or error)
