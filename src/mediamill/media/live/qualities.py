"""Which of several streams is meant by a quality."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_HEIGHT: Final = re.compile(r"([0-9]{2,4})p[0-9]*(?:[_+].*)?")


@dataclass(frozen=True)
class Quality:
    """A stream's quality as the site calls it. height: in pixels; 0 where it is not told."""

    name: str
    height: int = 0


def height_of(name: str) -> int:
    """Return the height that a name tells: 720 of "720p60"; 0: it tells none."""
    found = _HEIGHT.fullmatch(name)
    return int(found[1]) if found else 0


def nearest(wished: str, found: Sequence[Quality]) -> Quality:
    """Return what comes nearest to a wish: "best", "worst", a name, or a height as "720p".

    found: from the worst to the best; at least one. Of heights it is the one, or the next below it, or the lowest. A
    name that nothing has means the best.
    """
    wished = wished.lower()
    if wished == "worst":
        return found[0]
    named = [each for each in found if each.name.lower() == wished]
    if named:
        return named[-1]
    height = height_of(wished)
    high = [each for each in found if each.height]
    if not height or not high:
        return found[-1]
    fit = [each for each in high if each.height <= height]
    return max(fit, key=lambda each: each.height) if fit else min(high, key=lambda each: each.height)
