"""The colours of slides: two sets of our own, and what becomes of a client's colours.

What a client chooses stays as it is as long as it can be read: text has a contrast of at least 4.5 to what it stands
on, lines and shapes 3 (WCAG 2.2, AA: 1.4.3 and 1.4.11). Of two colours that are too near, the background stays.
"""

from dataclasses import dataclass
from typing import Final

from mediamill.media.pictures.colours import BLACK, WHITE, Colour
from mediamill.media.pictures.slide import Theme

TEXT_CONTRAST: Final = 4.5
SHAPE_CONTRAST: Final = 3.0
#: How much of the ink is in what lies on the background: panels, what words stand on, hairlines.
_IN_SURFACE: Final = 0.05
_IN_CHIP: Final = 0.09
_IN_LINE: Final = 0.13


@dataclass(frozen=True)
class _Base:
    background: Colour
    ink: Colour
    muted: Colour
    palette: tuple[Colour, ...]


def _base(background: str, ink: str, muted: str, *palette: str) -> _Base:
    return _Base(
        Colour.parse(background), Colour.parse(ink), Colour.parse(muted), tuple(Colour.parse(each) for each in palette)
    )


#: The first of a palette is the accent.
_LIGHT: Final = _base("#fbfaf7", "#1a2430", "#5a6572", "#0f766e", "#b45309", "#4655c9", "#b4245d", "#8a6a00", "#5b6b7c")
_DARK: Final = _base("#10171f", "#f2f5f7", "#a5b1bc", "#2dd4bf", "#fb9a5b", "#93a5fb", "#f48fb1", "#e5c558", "#9db0c1")
_NAMED: Final = {"light": _LIGHT, "dark": _DARK}


@dataclass(frozen=True)
class Colours:
    """What a slide is painted with.

    muted: of what matters less. accent: of marks and lines. surface: of panels that carry text. chip: behind single
    words. line: hairlines. palette: six colours that can be told apart, the accent first. on_accent, on_palette: of
    text upon those.
    """

    background: Colour
    ink: Colour
    muted: Colour
    accent: Colour
    surface: Colour
    chip: Colour
    line: Colour
    palette: tuple[Colour, ...]

    @classmethod
    def of(cls, theme: Theme) -> "Colours":
        """Return the colours of a theme, changed where they could not be read. Raises ValueError for what is none."""
        if theme.name not in _NAMED:
            raise ValueError(f"there is no theme {theme.name!r}; there are {' and '.join(_NAMED)}")
        named = _NAMED[theme.name]
        background = _chosen(theme.background) or named.background
        # A client's background may be dark though the theme is the light one: the rest is taken from what fits.
        base = named if background.dark == named.background.dark else _DARK if background.dark else _LIGHT
        ink = (_chosen(theme.ink) or base.ink).readable(TEXT_CONTRAST, background)
        surface, chip = (_panel(background, ink, share) for share in (_IN_SURFACE, _IN_CHIP))
        palette = tuple(
            each.readable(SHAPE_CONTRAST, background, surface) for each in _palette(base, _chosen(theme.accent))
        )
        return cls(
            background=background,
            ink=ink,
            muted=base.muted.towards(ink, ratio=TEXT_CONTRAST, on=(background, surface, chip)),
            accent=palette[0],
            surface=surface,
            chip=chip,
            line=background.mixed(ink, _IN_LINE),
            palette=palette,
        )

    @property
    def dark(self) -> bool:
        """Whether the background is."""
        return self.background.dark

    @property
    def on_accent(self) -> Colour:
        """Of text upon the accent."""
        return _upon(self.accent)

    @property
    def on_palette(self) -> tuple[Colour, ...]:
        """Of text upon each colour of the palette."""
        return tuple(_upon(each) for each in self.palette)

    def named(self) -> dict[str, object]:
        """Return all of it as the templates want it, colours as `#rrggbb`."""
        return {
            "dark": self.dark,
            "background": str(self.background),
            "ink": str(self.ink),
            "muted": str(self.muted),
            "accent": str(self.accent),
            "surface": str(self.surface),
            "chip": str(self.chip),
            "line": str(self.line),
            "palette": [str(each) for each in self.palette],
            "on-accent": str(self.on_accent),
            "on-palette": [str(each) for each in self.on_palette],
        }


def _chosen(colour: str | None) -> Colour | None:
    return Colour.parse(colour) if colour is not None else None


def _panel(background: Colour, ink: Colour, share: float) -> Colour:
    """Return a background with some ink in it; or with less of it than before, where the ink could not be read."""
    panel = background.mixed(ink, share)
    if ink.contrast(panel) >= TEXT_CONTRAST:
        return panel
    return background.mixed(BLACK if ink.luminance > background.luminance else WHITE, share)


def _palette(base: _Base, accent: Colour | None) -> tuple[Colour, ...]:
    """Return the palette with another accent, without the colour that would look most like it."""
    if accent is None:
        return base.palette
    nearest = min(base.palette, key=accent.distance)
    return (accent, *(each for each in base.palette if each != nearest))


def _upon(colour: Colour) -> Colour:
    return WHITE if colour.dark else BLACK
