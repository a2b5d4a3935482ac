import asyncio
import itertools
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.server import Server

from mediamill.core.events import EVENTS_KEPT, Event, EventName, LogLine
from mediamill.core.job import Artifact, Job
from mediamill.core.queues import Queue
from mediamill.settings import RedisSettings
from mediamill.store.attempts import Attempts
from mediamill.store.jobs import Jobs, Request
from mediamill.store.keys import Keys
from mediamill.store.live import AHEAD, CLIENT_NAME, READERS, RECHECK_S, Live
from mediamill.store.pool import Client, connect
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually

T = TypeVar("T")

#: Shorter than the recheck that would hide a lost ring.
PATIENCE_S = RECHECK_S - 5

_ids = itertools.count()


class Story:
    """One job, driven along by hand."""

    def __init__(self, scripts: Scripts) -> None:
        self.jobs = Jobs(scripts)
        self.attempts = Attempts(scripts)
        self.id = f"live-{next(_ids)}"
        self.jobs.submit(
            Request(
                id=self.id,
                service="shout",
                owner="ann",
                queue=Queue.CPU,
                params={},
                uploads={},
                request_hash="h",
                time_limit_s=60,
            )
        )

    def start(self) -> Job:
        job = self.attempts.claim(Queue.CPU, machine="m", worker="w")
        assert job is not None
        assert job.id == self.id
        self.token = job.token or ""
        return job

    def progress(self, percent: float) -> None:
        self.attempts.progress(self.id, self.token, percent, "on the way")

    def say(self, *events: str) -> None:
        lines: list[dict[str, object]] = [{"at_ms": 1, "attempt": 1, "event": event, "fields": {}} for event in events]
        assert self.attempts.log(self.id, self.token, lines)

    def succeed(self) -> None:
        assert self.attempts.succeed(self.id, self.token, {}, {})


@pytest.fixture
def story(scripts: Scripts) -> Story:
    return Story(scripts)


class Runner:
    """Runs a coroutine with a Live that is closed afterwards."""

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings

    def __call__(self, watch: Callable[[Live], Coroutine[None, None, T]]) -> T:
        async def main() -> T:
            live = Live(self._settings, Keys(self._settings.prefix))
            try:
                return await asyncio.wait_for(watch(live), PATIENCE_S)
            finally:
                await asyncio.wait_for(live.close(), PATIENCE_S)
                assert live.watched == 0

        return asyncio.run(main())


@pytest.fixture
def run(redis_settings: RedisSettings) -> Runner:
    return Runner(redis_settings)


async def told(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def story_after(job_id: str, after: str, live: Live) -> list[Event]:
    return await told(live.events(job_id, after))


async def wait_for_end(job_id: str, within_s: float, live: Live) -> bool:
    return await live.finished(job_id, within_s)


async def lines(log: AsyncIterator[LogLine]) -> list[str]:
    return [line.event async for line in log]


def words(events: list[Event]) -> list[str]:
    return [str(event.data.get("status", event.name)) for event in events]


def test_a_finished_job_tells_its_whole_story_and_ends(story: Story, run: Runner) -> None:
    story.start()
    story.progress(50)
    story.succeed()
    events = run(lambda live: told(live.events(story.id)))
    assert words(events) == ["PENDING", "STARTED", "progress", "SUCCESS", "SUCCESS"]
    assert [event.name for event in events[-2:]] == [EventName.STATE, EventName.END]


def test_what_happens_while_somebody_watches_is_told_at_once(story: Story, run: Runner) -> None:
    async def watch(live: Live) -> list[str]:
        seen: list[str] = []
        async for event in live.events(story.id):
            seen.append(str(event.data.get("status", event.name)))
            if seen[-1] == "PENDING":
                await asyncio.to_thread(story.start)
            elif seen[-1] == "STARTED":
                artifact = Artifact(name="a", key="k", sha256="s", size_bytes=1)
                await asyncio.to_thread(story.attempts.publish, story.id, story.token, artifact)
            elif seen[-1] == "artifact":
                await asyncio.to_thread(story.succeed)
        return seen

    assert run(watch) == ["PENDING", "STARTED", "artifact", "SUCCESS", "SUCCESS"]


def test_nothing_is_missed_wherever_the_watching_begins(scripts: Scripts, run: Runner) -> None:
    """Watchers begin at every moment of a busy job's life, between subscribing and reading too."""
    story = Story(scripts)
    story.start()

    def work() -> None:
        for number in range(300):
            story.progress(number / 3)
        story.succeed()

    async def watch(live: Live) -> list[list[str]]:
        working = asyncio.create_task(asyncio.to_thread(work))
        watching = []
        while not working.done():
            watching.append(asyncio.create_task(told(live.events(story.id))))
            await asyncio.sleep(0.002)
        await working
        return [[event.id for event in await task if event.name is not EventName.END] for task in watching]

    stories = run(watch)
    whole = [event.id for event in story.jobs.events(story.id)]
    assert len(stories) > 5
    assert all(ids == whole for ids in stories)


class Held(Live):
    """A Live whose reads, once done, are held back until `release`."""

    def __init__(self, settings: RedisSettings) -> None:
        super().__init__(settings, Keys(settings.prefix))
        self.read = asyncio.Event()
        self.release = asyncio.Event()

    async def _ask(self, *commands: tuple[str | int, ...]) -> list[Any]:
        replies = await super()._ask(*commands)
        self.read.set()
        await self.release.wait()
        return replies


def test_a_read_from_before_a_ring_is_not_shared_with_those_who_heard_it(
    story: Story, redis_settings: RedisSettings
) -> None:
    async def main() -> list[list[str]]:
        live = Held(redis_settings)
        early = asyncio.create_task(lines(live.log(story.id)))
        await asyncio.to_thread(eventually, lambda: live.watched and live._bells[story.id].rings)
        await live.read.wait()
        rings = live._bells[story.id].rings
        await asyncio.to_thread(story.start)
        await asyncio.to_thread(story.say, "one")
        await asyncio.to_thread(story.succeed)
        await asyncio.to_thread(eventually, lambda: live._bells[story.id].rings >= rings + 3)
        late = asyncio.create_task(lines(live.log(story.id)))
        live.release.set()
        try:
            return [await asyncio.wait_for(task, PATIENCE_S) for task in (early, late)]
        finally:
            await live.close()

    assert asyncio.run(main()) == [["one"], ["one"]]


def test_watching_goes_on_after_the_last_event_that_was_seen(story: Story, run: Runner) -> None:
    story.start()
    story.succeed()
    first, *rest = run(lambda live: told(live.events(story.id)))
    assert run(lambda live: told(live.events(story.id, first.id))) == rest
    # Somebody who saw everything but the end is told the end.
    assert words(run(lambda live: told(live.events(story.id, rest[-1].id)))) == ["SUCCESS"]


def test_a_watcher_whose_place_was_trimmed_is_told_to_begin_anew(story: Story, run: Runner) -> None:
    story.start()
    seen = story.jobs.events(story.id)[0].id
    for number in range(EVENTS_KEPT + 250):
        story.progress(number % 100)
    story.succeed()
    for after in (seen, "0"):
        events = run(partial(story_after, story.id, after))
        assert [event.name for event in events].count(EventName.RESET) == 1
        assert events[0].name is EventName.RESET
        assert len(events) >= EVENTS_KEPT
    late = story.jobs.events(story.id)[3].id
    assert run(lambda live: told(live.events(story.id, late)))[0].name is not EventName.RESET


def test_a_redriven_job_is_followed_past_its_first_end(story: Story, run: Runner) -> None:
    assert story.jobs.cancel(story.id)
    assert story.jobs.redrive(story.id)
    story.start()
    story.succeed()
    assert words(run(lambda live: told(live.events(story.id)))) == [
        "PENDING",
        "REVOKED",
        "PENDING",
        "STARTED",
        "SUCCESS",
        "SUCCESS",
    ]


def test_watching_a_job_that_is_removed_ends(story: Story, run: Runner) -> None:
    async def watch(live: Live) -> list[Event]:
        watching = asyncio.create_task(told(live.events(story.id)))
        await asyncio.to_thread(eventually, lambda: live.watched)
        await asyncio.to_thread(story.jobs.cancel, story.id)
        return await watching

    assert words(run(watch))[-1] == "REVOKED"
    assert story.jobs.forget(story.id)
    (end,) = run(lambda live: told(live.events(story.id)))
    assert (end.name, end.data) == (EventName.END, {"status": None})


def test_a_log_is_followed_to_the_jobs_end(story: Story, run: Runner) -> None:
    story.start()
    story.say("one", "two")

    async def watch(live: Live) -> list[str]:
        seen: list[str] = []
        async for line in live.log(story.id, last_n=1):
            seen.append(line.event)
            if line.event == "two":
                await asyncio.to_thread(story.say, "three", "four")
            elif line.event == "four":
                await asyncio.to_thread(story.succeed)
        return seen

    assert run(watch) == ["two", "three", "four"]


def test_a_log_can_be_read_without_following(story: Story, run: Runner) -> None:
    story.start()
    story.say("one", "two", "three")
    assert run(lambda live: lines(live.log(story.id, follow=False))) == ["one", "two", "three"]
    assert run(lambda live: lines(live.log(story.id, last_n=2, follow=False))) == ["two", "three"]
    assert run(lambda live: lines(live.log(story.id, last_n=0, follow=False))) == []


def slices(story: Story, *numbers: int) -> None:
    for number in numbers:
        slice_ = Artifact(name=f"stream/{number:06d}", key=f"k{number}", sha256="s", size_bytes=1)
        assert story.attempts.publish(story.id, story.token, slice_)


def test_parts_come_in_their_order_and_each_once(story: Story, run: Runner) -> None:
    story.start()
    slices(story, 1, 3)  # the second one is still on its way

    async def watch(live: Live) -> list[str]:
        seen: list[str] = []
        async for part in live.parts(story.id, "stream"):
            seen.append(part.key)
            if part.key == "k1":
                await asyncio.to_thread(story.progress, 50)
                await asyncio.to_thread(slices, story, 2)
            elif part.key == "k3":
                await asyncio.to_thread(slices, story, 1, 2, *range(4, 2 * AHEAD + 3))  # a later attempt, from the top
            elif part.key == f"k{2 * AHEAD + 2}":
                await asyncio.to_thread(story.succeed)
        return seen

    assert run(watch) == [f"k{number}" for number in range(1, 2 * AHEAD + 3)]


def test_parts_end_with_the_job_however_it_ends(story: Story, run: Runner) -> None:
    async def keys(live: Live) -> list[str]:
        return [part.key async for part in live.parts(story.id, "stream")]

    async def watch(live: Live) -> list[str]:
        watching = asyncio.create_task(keys(live))
        await asyncio.to_thread(eventually, lambda: live.watched)
        await asyncio.to_thread(story.jobs.cancel, story.id)
        return await watching

    assert run(watch) == []
    assert story.jobs.redrive(story.id)
    story.start()
    slices(story, 1)
    story.succeed()
    assert run(keys) == ["k1"], "what a finished job keeps is told"
    assert story.jobs.forget(story.id)
    assert run(keys) == []


def test_waiting_for_the_end_says_whether_it_came(story: Story, run: Runner) -> None:
    assert run(lambda live: live.finished(story.id, 0.05)) is False

    async def wait(live: Live) -> bool:
        waiting = asyncio.create_task(live.finished(story.id, 15))
        await asyncio.to_thread(eventually, lambda: live.watched)
        await asyncio.to_thread(story.jobs.cancel, story.id)
        return await waiting

    assert run(wait) is True
    assert run(lambda live: live.finished(story.id, 5)) is True
    assert run(lambda live: live.finished("nobody", 5)) is True


def test_it_can_be_closed_at_any_moment(story: Story, run: Runner) -> None:
    """While it still connects, too: redis-py may lose a cancellation then."""
    for number in range(25):
        assert run(partial(wait_for_end, story.id, number / 4_000)) is False


def test_many_watchers_share_a_handful_of_connections_and_reads(story: Story, run: Runner, client: Client) -> None:
    def live_clients() -> int:
        return str(client.run("CLIENT", "LIST")).count(f"name={CLIENT_NAME} ")

    def xranges() -> int:
        return int(client.run("INFO", "commandstats").get("cmdstat_xrange", {"calls": 0})["calls"])

    async def watch(live: Live) -> tuple[int, int]:
        watching = [asyncio.create_task(told(live.events(story.id))) for _ in range(500)]
        waiting = [asyncio.create_task(live.finished(story.id, 15)) for _ in range(500)]
        await asyncio.to_thread(story.start)
        # The subscription is confirmed, and everybody has read up to here.
        await asyncio.to_thread(eventually, lambda: live._bells[story.id].rings >= 2)
        before = xranges()
        await asyncio.to_thread(story.progress, 50)
        await asyncio.to_thread(story.succeed)
        connections = live_clients()
        assert len({tuple(words(await task)) for task in watching}) == 1
        assert all([await task for task in waiting])
        return connections, xranges() - before

    connections, reads = run(watch)
    assert 1 <= connections <= 1 + READERS
    assert reads < 50


class Counted(Live):
    """Counts its trips to the store."""

    trips = 0

    async def _ask(self, *commands: tuple[str | int, ...]) -> list[Any]:
        self.trips += 1
        return await super()._ask(*commands)


def test_who_waits_for_the_end_does_not_read_at_every_step(story: Story, redis_settings: RedisSettings) -> None:
    async def main() -> tuple[int, int]:
        live = Counted(redis_settings, Keys(redis_settings.prefix))
        try:
            waiting = asyncio.create_task(live.finished(story.id, PATIENCE_S))
            listening = asyncio.create_task(told_parts(live, story.id))
            await asyncio.to_thread(eventually, lambda: live.watched and live._bells[story.id].rings)
            await asyncio.to_thread(eventually, lambda: live.trips >= 4)  # before the subscription, and after it
            before = live.trips
            await asyncio.to_thread(story.start)
            for percent in range(1, 30):
                await asyncio.to_thread(story.progress, percent)
                await asyncio.to_thread(story.say, "a line")
            await asyncio.to_thread(eventually, lambda: live._bells[story.id].rings >= 60)
            while_it_ran = live.trips - before
            await asyncio.to_thread(story.succeed)
            assert await waiting
            await listening
            return while_it_ran, live.trips - before
        finally:
            await live.close()

    while_it_ran, in_all = asyncio.run(main())
    assert while_it_ran == 0
    assert in_all == 0  # the ring says that it was the end


async def told_parts(live: Live, job_id: str) -> list[str]:
    return [part.name async for part in live.parts(job_id, "stream")]


def test_a_ring_in_an_unknown_word_is_for_everybody(story: Story, run: Runner, client: Client) -> None:
    async def watch(live: Live) -> int:
        waiting = asyncio.create_task(live.finished(story.id, PATIENCE_S))
        await asyncio.to_thread(eventually, lambda: live.watched and live._bells[story.id].rings)
        bell = live._bells[story.id]
        heard = bell.heard(frozenset({"end"}))
        client.run("PUBLISH", story.jobs._keys("bell", story.id), "a word of next year")
        await asyncio.to_thread(eventually, lambda: bell.heard(frozenset({"end"})) == heard + 1)
        waiting.cancel()
        return heard

    assert run(watch) >= 1


def test_the_last_watcher_takes_the_subscription_away(story: Story, run: Runner, client: Client) -> None:
    channel = story.jobs._keys("bell", story.id)

    def subscribers() -> int:
        return int(client.run("PUBSUB", "NUMSUB", channel)[1])

    async def watch(live: Live) -> None:
        async with aclosing(live.events(story.id)) as first, aclosing(live.events(story.id)) as second:
            await anext(first)
            await anext(second)
            assert await asyncio.to_thread(subscribers) == 1
            await second.aclose()
            assert await asyncio.to_thread(subscribers) == 1
        await asyncio.to_thread(eventually, lambda: subscribers() == 0)

    run(watch)


def test_a_process_that_goes_ends_its_watchers(story: Story, run: Runner) -> None:
    async def watch(live: Live) -> list[str]:
        watching = asyncio.create_task(told(live.events(story.id)))
        waiting = asyncio.create_task(live.finished(story.id, 15))
        await asyncio.to_thread(eventually, lambda: live.watched)
        live.end()
        assert await waiting is False
        return words(await watching)

    assert "end" not in run(watch)


@pytest.fixture
def own_valkey() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        yield server
        server.stop()


def restart(server: Server) -> None:
    server.kill()
    server.start()


def test_watching_survives_a_killed_valkey(own_valkey: Server) -> None:
    settings = RedisSettings(url=own_valkey.url)
    client = connect(settings)
    story = Story(Scripts(client, Keys(settings.prefix), "{}"))

    async def main() -> list[str]:
        live = Live(settings, Keys(settings.prefix))
        seen: list[str] = []
        async for event in live.events(story.id):
            seen.append(str(event.data.get("status", event.name)))
            if seen[-1] == "PENDING":
                await asyncio.to_thread(restart, own_valkey)
                await asyncio.to_thread(eventually, story.start)
            elif seen[-1] == "STARTED":
                await asyncio.to_thread(story.succeed)
        await live.close()
        return seen

    try:
        assert asyncio.run(asyncio.wait_for(main(), PATIENCE_S)) == ["PENDING", "STARTED", "SUCCESS", "SUCCESS"]
    finally:
        client.close()


def test_parts_are_followed_through_a_killed_valkey(own_valkey: Server) -> None:
    settings = RedisSettings(url=own_valkey.url)
    client = connect(settings)
    story = Story(Scripts(client, Keys(settings.prefix), "{}"))
    story.start()
    slices(story, 1)

    def second() -> bool:
        slices(story, 2)
        return True

    async def main() -> list[str]:
        live = Live(settings, Keys(settings.prefix))
        seen: list[str] = []
        async for part in live.parts(story.id, "stream"):
            seen.append(part.key)
            if part.key == "k1":
                await asyncio.to_thread(restart, own_valkey)
                await asyncio.to_thread(eventually, second)
            elif part.key == "k2":
                await asyncio.to_thread(story.succeed)
        await live.close()
        return seen

    try:
        assert asyncio.run(asyncio.wait_for(main(), PATIENCE_S)) == ["k1", "k2"]
    finally:
        client.close()


def test_the_bell_outlives_connections_that_break_while_watchers_come_and_go(own_valkey: Server) -> None:
    """One who subscribes and the listener meet the same broken connection; neither may leave the bell dumb."""
    settings = RedisSettings(url=own_valkey.url)
    client = connect(settings)
    story = Story(Scripts(client, Keys(settings.prefix), "{}"))

    async def visit(live: Live, number: int) -> None:
        async with aclosing(live.events(f"nobody-{number}")) as events:
            async for _ in events:
                return

    async def main() -> list[str]:
        live = Live(settings, Keys(settings.prefix))
        try:
            watching = asyncio.create_task(told(live.events(story.id)))
            for number in range(150):
                client.run("CLIENT KILL", "TYPE", "pubsub")
                await asyncio.gather(*(visit(live, number * 10 + each) for each in range(10)))
            await asyncio.to_thread(story.jobs.cancel, story.id)
            return words(await asyncio.wait_for(watching, PATIENCE_S))
        finally:
            await asyncio.wait_for(live.close(), PATIENCE_S)

    try:
        assert asyncio.run(main()) == ["PENDING", "REVOKED", "REVOKED"]
    finally:
        client.close()


@pytest.mark.parametrize("others", [False, True], ids=["in-silence", "while-others-ring"])
def test_what_no_ring_told_is_seen_at_the_next_look(
    story: Story, redis_settings: RedisSettings, client: Client, *, others: bool
) -> None:
    async def ring() -> None:
        while others:
            await asyncio.to_thread(client.run, "PUBLISH", story.jobs._keys("bell", "-"), "state")
            await asyncio.sleep(0.02)

    async def main() -> list[str]:
        live = Live(redis_settings, Keys(redis_settings.prefix), recheck_s=0.1)
        ringing = asyncio.create_task(ring())
        ear = live.listen(story.id)
        try:
            await asyncio.to_thread(eventually, lambda: ear.heard is not None)  # else the subscription would ring
            seen: list[str] = []
            async for event in live.events(story.id):
                seen.append(str(event.data.get("status", event.name)))
                if seen == ["PENDING"]:
                    silent = ("XADD", story.jobs._keys("events", story.id), "*", "n", "progress", "d", "{}")
                    await asyncio.to_thread(client.run, *silent)
                elif seen[-1] == "progress":
                    await asyncio.to_thread(story.jobs.cancel, story.id)
            return seen
        finally:
            ringing.cancel()
            ear.close()
            await live.close()

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE_S)) == ["PENDING", "progress", "REVOKED", "REVOKED"]


def test_a_connection_that_fell_silent_is_replaced(own_valkey: Server) -> None:
    settings = RedisSettings(url=own_valkey.url)
    client = connect(settings)
    keys = Keys(settings.prefix)
    story = Story(Scripts(client, keys, "{}"))

    async def main() -> list[str]:
        live = Live(settings, keys, recheck_s=0.2)
        try:
            watching = asyncio.create_task(told(live.events(story.id)))
            await asyncio.to_thread(eventually, lambda: live.watched and live._bells[story.id].rings)
            connection = live._pubsub
            own_valkey.signal(signal.SIGSTOP)
            try:
                await asyncio.to_thread(eventually, lambda: live._pubsub is not connection)
            finally:
                own_valkey.signal(signal.SIGCONT)
            await asyncio.to_thread(story.jobs.cancel, story.id)
            return words(await watching)
        finally:
            await live.close()

    try:
        assert asyncio.run(asyncio.wait_for(main(), PATIENCE_S)) == ["PENDING", "REVOKED", "REVOKED"]
    finally:
        client.close()
