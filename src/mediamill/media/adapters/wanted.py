"""What is wanted of a program that fetches, and which entries of a playlist."""

import re
from dataclasses import dataclass, field
from typing import Final, Self

from mediamill.core.errors import InvalidInput

_PARTS_MOST: Final = 50
_NUMBER_MOST: Final = 100_000
_PART: Final = re.compile(r"(\d{1,6})(?:(:|-)(\d{0,6}))?")


@dataclass(frozen=True)
class Wanted:
    """One URL, and what is to be made of it.

    url: http or https, as `egress.check_url` returns it. format, quality, variant: names that the adapter has, ""
    for its first one. playlist: entries to take, such as "1:10,15"; "" for what the URL itself stands for.
    cookies: a Netscape cookie file or a `Cookie` header; they are written to a file for the program's eyes only.
    proxy: a URL that the egress guard goes on through; "" for none.
    """

    url: str
    format: str = ""
    quality: str = ""
    variant: str = ""
    playlist: str = ""
    cookies: str | None = field(default=None, repr=False)
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True)
class Entries:
    """Entries of a playlist, counted from 1: spans from first to last, both taken."""

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str, most: int) -> Self:
        """Read "3", "1:10", "1-10", "5:" (`most` of them) and any of these with commas between.

        Raises InvalidInput, of the field `playlist`, for anything else and for more than `most` entries.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > _PARTS_MOST:
            raise InvalidInput(f"playlist has {len(parts)} parts; {_PARTS_MOST} are taken at most", field="playlist")
        found = cls(tuple(_span(part, most) for part in parts))
        if found.number > most:
            raise InvalidInput(f"playlist asks for {found.number} entries; {most} are taken at most", field="playlist")
        return found

    @property
    def number(self) -> int:
        """How many entries these are at most."""
        return sum(last - first + 1 for first, last in self.spans)

    def __str__(self) -> str:
        """Return them as one writes them: "1:10,15"."""
        return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in self.spans)


def _span(part: str, most: int) -> tuple[int, int]:
    found = _PART.fullmatch(part)
    if found is None:
        raise InvalidInput("playlist is a number, 1:10, 5: or several of these with commas between", field="playlist")
    first = int(found[1])
    last = first if found[2] is None else int(found[3]) if found[3] else min(first + most - 1, _NUMBER_MOST)
    if not 1 <= first <= last <= _NUMBER_MOST:
        raise InvalidInput(f"playlist: entries are counted from 1 to {_NUMBER_MOST}, upwards", field="playlist")
    return first, last
