"""One process that uses the cache as attempts do, and prints what it saw as JSON.

python -m bench.downloads.cache_user URL FOLDER QUOTA KEYS OPERATIONS SEED
"""

import json
import random
import sys
import time
from pathlib import Path

from mediamill.engine.shelf import Shelf
from mediamill.engine.steps import SharedSteps
from mediamill.files.disk import Disk
from mediamill.files.trees import remove_tree
from mediamill.settings import RedisSettings
from mediamill.store.cache import CacheIndex
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps

#: One key in so many is a folder's.
_FOLDERS = 10
_LARGEST = 200_000


def size_of(key: int) -> int:
    """Return the bytes of what a key stands for."""
    return random.Random(key).randrange(1_000, _LARGEST)  # noqa: S311 - the same in every process


def shelf(url: str, folder: Path, quota: int) -> Shelf:
    """Open the cache of a folder."""
    scripts = Scripts(connect(RedisSettings(url=url)), Keys(), "")
    return Shelf(CacheIndex(scripts), Disk(folder / "files", near=folder, durable=False), quota)


def main(url: str, place: str, *numbers: str) -> None:
    """Ask for keys, some far more often than others, and look at what comes."""
    quota, keys, operations, seed = map(int, numbers)
    folder = Path(place)
    opened = shelf(url, folder, quota)
    steps = SharedSteps(opened, Steps(Scripts(connect(RedisSettings(url=url)), Keys(), "")))
    scratch = folder / f"scratch-{seed}"
    rng = random.Random(seed)  # noqa: S311
    seen = {"hits": 0, "made": 0, "missing": 0}
    spent_s: dict[str, list[float]] = {"hits": [], "made": []}
    for number in range(operations):
        scratch.mkdir()
        key = min(int(rng.paretovariate(0.35)), keys) - 1
        began = time.perf_counter()
        made, whole = _ask(steps, key, f"job-{seed} {number}", scratch / "step")
        word = "made" if made else "hits"
        spent_s[word].append(time.perf_counter() - began)
        seen[word] += 1
        seen["missing"] += not whole
        if number % 10 == 9:  # an attempt of ten steps
            steps.flush()
        remove_tree(scratch)
    steps.flush()
    print(json.dumps({**seen, "spent_s": spent_s, "cpu_s": time.process_time()}))


def _ask(steps: SharedSteps, key: int, me: str, draft: Path) -> tuple[bool, bool]:
    """Return whether it was made, and whether what came is what it should be."""
    content = f"{key}".encode().ljust(size_of(key), b".")

    def write(path: Path) -> None:
        path.write_bytes(content)

    def fill(folder: Path) -> None:
        for part in range(3):
            (folder / f"{part}").write_bytes(content[part::3])

    if key % _FOLDERS:
        path, made = steps.get_or_make(f"{key}", me, draft, write, _go_on)
        return made, path.read_bytes() == content
    path, made = steps.get_or_make_folder(f"{key}", me, draft, fill, _go_on)
    return made, all((path / f"{part}").read_bytes() == content[part::3] for part in range(3))


def _go_on() -> None:
    pass


if __name__ == "__main__":
    main(*sys.argv[1:])
