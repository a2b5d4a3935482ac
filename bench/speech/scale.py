"""How much each measurement does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes.

    pairs: interleaved batches of both sides that count; one more, before them, warms up.
    sentences: of a batch whose CPU is counted. requests: of a batch of clients. repeats: of a batch of clients that
    all ask for the same. page: sentences of a long text. book_words: words of a very long one. judged: sentences
    whose recognition is counted. encoded_s: sound that each format encodes.
    """

    pairs: int = 5
    sentences: int = 60
    requests: int = 192
    repeats: int = 1_000
    page: int = 960
    book_words: int = 50_000
    judged: int = 1_000
    encoded_s: int = 120


FULL = Scale()
#: To try the bench itself, or a change: no fair numbers.
QUICK = Scale(pairs=2, sentences=20, requests=96, repeats=300, page=300, book_words=6_000, judged=24, encoded_s=20)
#: For tests.
TINY = Scale(pairs=1, sentences=2, requests=8, repeats=8, page=24, book_words=400, judged=2, encoded_s=2)
