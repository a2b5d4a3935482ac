"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    pages: of a document. pairs: how often both sides are measured; the median counts. scanned: pages without text.
    clients: that upload at once. large_bytes: of the one large upload. asked: requests on which a p99 stands.
    """

    pages: int = 100
    pairs: int = 3
    scanned: int = 16
    clients: int = 100
    large_bytes: int = 50 * 1024 * 1024
    asked: int = 1_000


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(pages=40, pairs=1, scanned=8, clients=20, large_bytes=10 * 1024 * 1024, asked=300)
#: For tests.
TINY = Scale(pages=6, pairs=1, scanned=6, clients=4, large_bytes=1024 * 1024, asked=50)
