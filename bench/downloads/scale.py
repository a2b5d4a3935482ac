"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    users: processes that share the cache. operations: that they make together. keys: what they ask for.
    files, file_bytes: of an archive. rounds: how often all sides of it are measured; the median counts.
    fetched_bytes: of the file that comes through the egress guard; a large one. small_bytes: of a small one.
    answers: requests of a round for what is in the cache.
    """

    users: int = 8
    operations: int = 20_000
    keys: int = 2_000
    files: int = 40
    file_bytes: int = 20_000_000
    rounds: int = 5
    fetched_bytes: int = 50_000_000
    small_bytes: int = 1_000_000
    answers: int = 3_000


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(operations=4_000, keys=600, files=10, rounds=2, answers=1_000)
#: For tests.
TINY = Scale(operations=2_000, keys=300, files=3, file_bytes=300_000, rounds=1, fetched_bytes=2_000_000, answers=40)
