"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    crowds: so many recordings at once of one kind. heavy: at most so many of a program that takes much memory.
    bits_s: of each stream. segment: length of an HLS segment, in groups of 0.2 s. settle_s: until what a recorder does
    once is done; then its CPU is counted for window_s. many: the largest crowd, of ours alone.
    """

    crowds: tuple[int, ...] = (30, 100)
    heavy: int = 30
    bits_s: int = 3_000_000
    segment: int = 10
    settle_s: float = 8.0
    window_s: float = 20.0
    many: int = 200


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(crowds=(10,), heavy=5, settle_s=5.0, window_s=10.0, many=40)
#: For tests.
TINY = Scale(crowds=(2,), heavy=1, bits_s=300_000, segment=2, settle_s=1.0, window_s=1.0, many=3)
