"""Waiting in an event loop of another thread, and giving it up."""

import asyncio
from threading import Event, Thread, current_thread

import pytest

from mediamill import Cancelled
from mediamill.media.remote.wire import Wire, wire


async def where() -> str:
    return current_thread().name


async def trouble() -> None:
    raise KeyError("trouble")


async def late() -> None:
    raise TimeoutError


def test_work_is_done_in_another_thread_and_its_errors_come_back(line: Wire) -> None:
    assert line.run(where(), None) == "wire"
    with pytest.raises(KeyError, match="trouble"):
        line.run(trouble(), None)
    with pytest.raises(TimeoutError):
        line.run(late(), None)


def test_who_waits_is_asked_whether_to_go_on(line: Wire) -> None:
    begun, ended = Event(), Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    def check() -> None:
        if begun.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        line.run(forever(), check)
    assert ended.wait(5)
    assert line.run(where(), None) == "wire"


def test_threads_share_it(line: Wire) -> None:
    meeting = asyncio.Barrier(4)
    threads = [Thread(target=line.run, args=(meet(meeting), None)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


async def meet(meeting: asyncio.Barrier) -> None:
    await meeting.wait()


def test_what_is_open_is_closed_with_it() -> None:
    line, closed = Wire(), list[str]()

    async def closer() -> None:
        closed.append(await where())

    line.at_close(closer)
    line.run(where(), None)
    line.close()
    line.close()
    assert closed == ["wire"]


def test_a_process_has_one() -> None:
    assert wire() is wire()
