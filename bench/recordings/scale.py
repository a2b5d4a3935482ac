"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    crowds: so many recordings at once. heavy: at most so many of a program that takes much memory. rounds: how often
    all of them are measured; the median counts. bits_s: of each stream. segment: length of an HLS segment, in groups of
    0.2 s. settle_s: from the first bytes of all until CPU is counted, for window_s. many: the largest crowd, of ours.
    looked_at: files of each in which pictures are counted. lives: channels that go on the air while watchers look.
    watchers: of channels that stay off the air, looked at once a minute; their CPU is counted for watched_s.
    """

    crowds: tuple[int, ...] = (30, 100)
    heavy: int = 20
    rounds: int = 3
    bits_s: int = 3_000_000
    segment: int = 10
    settle_s: float = 4.0
    window_s: float = 20.0
    many: int = 200
    looked_at: int = 5
    lives: int = 20
    watchers: int = 10_000
    watched_s: float = 150.0


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(crowds=(10,), heavy=4, rounds=1, window_s=10.0, many=100, watchers=2_000, watched_s=60.0)
#: For tests.
TINY = Scale(
    crowds=(2,),
    heavy=1,
    rounds=1,
    bits_s=300_000,
    segment=2,
    settle_s=0.5,
    window_s=1.0,
    many=3,
    looked_at=1,
    lives=4,
    watchers=40,
    watched_s=1.0,
)
