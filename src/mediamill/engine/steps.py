"""Cached steps over all processes: what one makes, the others wait for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from mediamill.core.errors import Later, Unavailable
from mediamill.engine.shelf import Kind, Shelf
from mediamill.files.folders import FolderCache
from mediamill.files.steps import StepCache
from mediamill.files.trees import remove_tree
from mediamill.store.cache import put_ms
from mediamill.store.steps import Steps

LEASE_MS: Final = 30_000
#: While it makes, the holder of a right renews it so often, at its next `check`.
RENEW_S: Final = 5.0
#: A waiter that sees no file for this long computes too: a step done twice beats a step stuck.
WAIT_S: Final = 30.0
POLL_S: Final = 0.1
#: A waiter that sees no folder gives its slot back for so long: what takes minutes is not done twice.
AGAIN_S: Final = 10.0
#: What is told of it meanwhile. Who comes back with it waits no second time in its slot.
ELSEWHERE: Final = "waiting: another job makes the same"


@dataclass
class _Right:
    """What an attempt makes, or waits to make. lease_ms: for how long it is taken at each renewal."""

    step: str
    ours: bool = False
    renewed: float = 0.0
    lease_ms: int = LEASE_MS


@dataclass(frozen=True)
class _Wanted:
    """A step that an attempt asks for.

    entry: what it is called in the cache, and the right to make it.
    get: fetches it, into a free path. later: who waits too long for another maker comes again later.
    """

    kind: Kind
    key: str
    me: str
    entry: str
    draft: Path
    make: Callable[[Path], None]
    check: Callable[[], None]
    get: Callable[[Path], Path | None]
    patience_s: float = WAIT_S
    later: bool = False


class SharedSteps:
    """The step cache with in-flight dedupe. An attempt holds one right at most, so none waits in a ring.

    A cache that cannot be reached only costs time: then every attempt makes its own.
    """

    def __init__(
        self,
        shelf: Shelf,
        steps: Steps,
        *,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files = StepCache(shelf.store)
        self._shelf = shelf
        self._steps = steps
        self._now = now
        self._wait = wait
        self._rights: dict[str, _Right] = {}

    def get_or_make(
        self, key: str, me: str, draft: Path, make: Callable[[Path], None], check: Callable[[], None]
    ) -> tuple[Path, bool]:
        """Return the step's file and whether it was made here.

        key: everything that decides the content. me: the attempt, as `Steps` names it. draft: a free
        path in scratch. The wait for another maker calls `check`.
        """
        entry, get = self._files.entry(key), partial(self._files.get, key)
        return self._get_or_make(_Wanted(self._files, key, me, entry, draft, make, check, get))

    def get_or_make_folder(  # noqa: PLR0913 - as `get_or_make`, and what a folder has besides
        self,
        key: str,
        me: str,
        draft: Path,
        make: Callable[[Path], None],
        check: Callable[[], None],
        *,
        max_age_s: float | None = None,
        patience_s: float = WAIT_S,
    ) -> tuple[Path, bool]:
        """As `get_or_make`, of a folder: `make` gets an empty one.

        max_age_s: one that is older is made anew. patience_s: how long another maker is waited for.
        Raises Later where another attempt makes it for longer than that. `check` is asked before each file, too, that
        goes into the cache or comes out of it.
        """
        folders = FolderCache(self._shelf.store, check=check)
        entry, get = folders.entry(key), partial(folders.get, key, max_age_s=max_age_s)

        def make_in(folder: Path) -> None:
            remove_tree(folder)  # what came before the files were away
            folder.mkdir()
            make(folder)

        wanted = _Wanted(folders, key, me, entry, draft, make_in, check, get, patience_s, later=True)
        found, made = self._get_or_make(wanted)
        self._shelf.notes.folder(entry, me.partition(" ")[0])
        if made:  # it is large: while its lease lasts nobody may evict it
            self.flush()
        return found, made

    def renew(self, me: str) -> None:
        """Keep the right of an attempt that makes something. Cheap: asks the store every few seconds."""
        right = self._rights.get(me)
        if right is not None and right.ours and self._now() - right.renewed >= RENEW_S:
            right.renewed = self._now()
            self._own(right.step, me, right.lease_ms)

    def flush(self) -> None:
        """Tell the store what was used: at an attempt's end. Raises nothing."""
        self._shelf.notes.flush()

    def _get_or_make(self, wanted: _Wanted) -> tuple[Path, bool]:
        me = wanted.me
        found = self._get(wanted)
        if found is not None:
            return found, False
        if me in self._rights:  # a step within a step
            return self._make(wanted), True
        right = self._rights[me] = _Right(wanted.entry)
        try:
            right.ours = self._own(right.step, me) or self._waited(wanted)
            right.renewed = self._now()
            found = self._get(wanted)  # again: whoever made it may have been done just before
            if found is not None:
                return found, False
            if wanted.later and not right.ours:
                raise Later(AGAIN_S, ELSEWHERE)
            return self._make(wanted), True
        finally:
            del self._rights[me]
            self._release(right.step, me)

    def _make(self, wanted: _Wanted) -> Path:
        wanted.make(wanted.draft)
        right = self._rights[wanted.me]
        if wanted.later and right.ours and right.step == wanted.entry:
            # It goes slowly to a bucket, and between two of its files alone is the right renewed.
            right.lease_ms = put_ms(wanted.kind.measure(wanted.draft))
            self._own(right.step, wanted.me, right.lease_ms)
        return self._shelf.put(wanted.kind, wanted.key, wanted.draft, wanted.get)

    def _get(self, wanted: _Wanted) -> Path | None:
        try:
            found = wanted.get(wanted.draft)
        except Unavailable:
            return None
        if found is not None:
            self._shelf.notes.hit(wanted.entry)
        return found

    def _waited(self, wanted: _Wanted) -> bool:
        """Wait until the right is ours, True then, or the wait is over.

        The maker's file is there before it gives the right back, so the right is all that is asked for.
        """
        until = self._now() + wanted.patience_s
        while self._now() < until:
            wanted.check()
            self._wait(POLL_S)
            if self._own(wanted.entry, wanted.me):
                return True
        return False

    def _own(self, step: str, me: str, lease_ms: int = LEASE_MS) -> bool:
        try:
            return self._steps.own(step, me, lease_ms=lease_ms)
        except Unavailable:
            return True  # without the store nobody can say who makes it; two may

    def _release(self, step: str, me: str) -> None:
        try:
            self._steps.release(step, me)
        except Unavailable:
            return  # its lease runs out
