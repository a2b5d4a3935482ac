"""Colours, and how well one is read on another."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_HEX: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
#: Below this share of full brightness a channel is linear (sRGB, IEC 61966-2-1).
_LINEAR_BELOW: Final = 0.04045
#: Finer mixtures than these can hardly be told apart.
_STEPS: Final = 64


@dataclass(frozen=True)
class Colour:
    """A colour of sRGB, 0..255 each."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> "Colour":
        """Return the colour of `#rrggbb`. Raises ValueError for anything else."""
        found = _HEX.fullmatch(text)
        if found is None:
            raise ValueError(f"a colour is #rrggbb, not {text!r}")
        red, green, blue = (int(channel, 16) for channel in found.groups())
        return cls(red, green, blue)

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @functools.cached_property
    def luminance(self) -> float:
        """How bright it is, 0..1. Source: WCAG 2.2, relative luminance."""
        return 0.2126 * _linear(self.red) + 0.7152 * _linear(self.green) + 0.0722 * _linear(self.blue)

    @property
    def dark(self) -> bool:
        """Whether white is read better on it than black."""
        return self.contrast(WHITE) > self.contrast(BLACK)

    def contrast(self, other: "Colour") -> float:
        """Return how far apart two colours are in brightness, 1..21. Source: WCAG 2.2, contrast ratio."""
        darker, brighter = sorted((self.luminance, other.luminance))
        return (brighter + 0.05) / (darker + 0.05)

    def distance(self, other: "Colour") -> float:
        """Return how different two colours look, roughly. Source: the "redmean" approximation of compuphase.com."""
        mean = (self.red + other.red) / 2
        red, green, blue = self.red - other.red, self.green - other.green, self.blue - other.blue
        squared = (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
        return float(squared**0.5)

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """Return the mixture that has `share` of the other colour, 0..1."""

        def channel(mine: int, its: int) -> int:
            return round(mine + (its - mine) * share)

        return Colour(channel(self.red, other.red), channel(self.green, other.green), channel(self.blue, other.blue))

    def readable(self, ratio: float, *on: "Colour") -> "Colour":
        """Return this colour, or the nearest mixture with black or white that has the contrast `ratio` on all others.

        On one colour there always is one up to 4.5; of a ratio that no mixture has, the best.
        """
        return self.towards(BLACK, WHITE, ratio=ratio, on=on)

    def towards(self, *poles: "Colour", ratio: float, on: Sequence["Colour"]) -> "Colour":
        """Return this colour, or the nearest mixture with a pole that has the contrast on all others, if one does."""

        def least(colour: Colour) -> float:
            return min(colour.contrast(each) for each in on)

        for step in range(_STEPS):
            best = max((self.mixed(pole, step / _STEPS) for pole in poles), key=least)
            if least(best) >= ratio:
                return best
        return max(poles, key=least)


BLACK: Final = Colour(0, 0, 0)
WHITE: Final = Colour(255, 255, 255)


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= _LINEAR_BELOW else float(((share + 0.055) / 1.055) ** 2.4)
