"""Finished steps, kept by what went into them."""

from pathlib import Path

from mediamill.core.errors import NotFound, PermanentError
from mediamill.files import keys
from mediamill.files.store import FileStore


class StepCache:
    """`cache/{first two digits}/{sha256 of the key}`; the first writer of a key wins."""

    def __init__(self, store: FileStore) -> None:
        self.store = store

    def entry(self, key: str) -> str:
        """Return what the entry of `key` is called."""
        return keys.step_entry(key)

    def get(self, key: str, into: Path) -> Path | None:
        """Return a local file with what was kept for `key`, or None. To be read only.

        into: a path, best in the attempt's scratch, where the file is linked or downloaded; so it
        outlives an eviction. Raises Unavailable.
        """
        try:
            return self.store.fetch(keys.step(key), into)
        except NotFound:
            return None

    def measure(self, draft: Path) -> int:
        """Return what a file will take, bytes. Raises PermanentError with code STEP_MISSING when there is none."""
        if draft.is_symlink() or not draft.is_file():
            raise PermanentError("the step wrote no file", code="STEP_MISSING")
        return draft.stat().st_size

    def put(self, key: str, draft: Path) -> Path:
        """Keep `draft` for `key` and return what to read from now on: the first writer's file.

        Do not change `draft` afterwards. Raises PermanentError with code STEP_MISSING when nothing
        was written there.
        """
        self.measure(draft)
        if self.store.create(keys.step(key), draft):
            return draft
        return self.get(key, draft.with_name(f"{draft.name}.kept")) or draft

    def forget(self, *keys_: str) -> None:
        """Delete what was kept for these keys."""
        self.store.delete(*(keys.step(key) for key in keys_))
