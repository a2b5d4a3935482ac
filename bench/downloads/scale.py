"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    users: processes that share the cache. operations: that they make together. keys: what they ask for.
    """

    users: int = 8
    operations: int = 20_000
    keys: int = 2_000


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(operations=4_000, keys=600)
#: For tests.
TINY = Scale(operations=2_000, keys=300)
