"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    film_s: the film that is made in every way. nearing_s: the one with a zoom. pairs: how often both sides are
    measured; the median counts. long_s: a long film. pages: how often the whole job is done.
    """

    film_s: float = 91.6
    nearing_s: float = 65.0
    pairs: int = 3
    long_s: float = 1_800.0
    pages: int = 3


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(film_s=26.0, nearing_s=26.0, pairs=1, long_s=120.0, pages=1)
#: For tests.
TINY = Scale(film_s=2.0, nearing_s=1.0, pairs=1, long_s=4.0, pages=1)
