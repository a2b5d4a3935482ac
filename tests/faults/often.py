"""Something that happens again and again while a row goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def every(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Do something in a thread of its own until the block is left. Raises what it raised."""
    stop, failed = Event(), list[BaseException]()

    def run() -> None:
        try:
            while not stop.wait(seconds):
                act()
        except BaseException as error:  # noqa: BLE001 - raised below, in the row's thread
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    for error in failed:
        raise error
