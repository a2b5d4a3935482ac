import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ResponseError

from mediamill.core.errors import Unavailable
from mediamill.settings import RedisSettings
from mediamill.store.pool import Client
from mediamill.store.reader import QUESTIONS, TRIPS, Reader

T = TypeVar("T")


def reading(url: str, use: Callable[[Reader], Awaitable[T]]) -> T:
    async def main() -> T:
        # Nobody waits for a connection: there is one for every trip.
        pool = BlockingConnectionPool.from_url(url, max_connections=TRIPS, timeout=0.01, decode_responses=True)
        reader = Reader(lambda: Redis.from_pool(pool))
        try:
            return await use(reader)
        finally:
            await reader.close()

    return asyncio.run(main())


def trips(client: Client) -> int:
    return int(client.run("INFO", "commandstats").get("cmdstat_exec", {"calls": 0})["calls"])


def test_a_thousand_who_ask_at_once_are_all_answered_in_a_few_trips(
    redis_settings: RedisSettings, client: Client
) -> None:
    async def ask(reader: Reader) -> list[list[Any]]:
        return await asyncio.gather(*(reader.ask(("ECHO", number), ("ECHO", "too")) for number in range(1_000)))

    before = trips(client)
    assert reading(redis_settings.url, ask) == [[str(number), "too"] for number in range(1_000)]
    assert trips(client) - before == 1_000 / QUESTIONS


def test_an_error_reaches_only_who_asked_for_it(redis_settings: RedisSettings) -> None:
    async def ask(reader: Reader) -> list[list[Any] | BaseException]:
        questions = (("ECHO", "one"), ("XINFO STREAM", "nothing"), ("ECHO", "two"))
        return await asyncio.gather(*(reader.ask(question) for question in questions), return_exceptions=True)

    one, error, two = reading(redis_settings.url, ask)
    assert (one, two) == (["one"], ["two"])
    assert isinstance(error, ResponseError)


def test_one_who_leaves_takes_no_answer_from_the_others(redis_settings: RedisSettings) -> None:
    async def ask(reader: Reader) -> list[Any]:
        leaving = asyncio.create_task(reader.ask(("ECHO", "one")))
        staying = asyncio.create_task(reader.ask(("ECHO", "two")))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert reading(redis_settings.url, ask) == ["two"]


def test_everybody_hears_that_the_store_is_away() -> None:
    async def ask(reader: Reader) -> list[list[Any] | BaseException]:
        return await asyncio.gather(*(reader.ask(("PING",)) for _ in range(200)), return_exceptions=True)

    with pytest.raises(Unavailable):
        reading("unix:///nowhere.sock", lambda reader: reader.ask(("PING",)))
    assert {type(answer) for answer in reading("unix:///nowhere.sock", ask)} == {Unavailable}
