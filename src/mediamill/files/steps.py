"""Finished steps, kept by what went into them."""

from pathlib import Path

from mediamill.core.errors import NotFound, PermanentError
from mediamill.files import keys
from mediamill.files.store import FileStore


class StepCache:
    """`cache/{first two digits}/{sha256 of the key}`; the first writer of a key wins."""

    def __init__(self, store: FileStore) -> None:
        self.store = store

    def get(self, key: str, into: Path) -> Path | None:
        """Return a local file with what was kept for `key`, or None. To be read only.

        into: a path, best in the attempt's scratch, where the file is linked or downloaded; so it
        outlives an eviction. Raises Unavailable.
        """
        try:
            return self.store.fetch(keys.step(key), into)
        except NotFound:
            return None

    def put(self, key: str, path: Path) -> Path:
        """Keep `path` for `key` and return what to read from now on: the first writer's file.

        Do not change `path` afterwards. Raises PermanentError with code STEP_MISSING when nothing
        was written there.
        """
        if path.is_symlink() or not path.is_file():
            raise PermanentError("the step wrote no file", code="STEP_MISSING")
        if self.store.create(keys.step(key), path):
            return path
        return self.get(key, path.with_name(f"{path.name}.kept")) or path

    def forget(self, *keys_: str) -> None:
        """Delete what was kept for these keys."""
        self.store.delete(*(keys.step(key) for key in keys_))
