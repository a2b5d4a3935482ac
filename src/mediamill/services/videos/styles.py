"""The parts of a request that say how a video looks and sounds."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mediamill.media.film.look import Place

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class ThemeName(StrEnum):
    """A set of colours."""

    LIGHT = "light"
    DARK = "dark"


class Subtitles(StrEnum):
    """Where the words are shown: in the picture, as a track that a player can switch off, both, nowhere."""

    BURN = "burn"
    SOFT = "soft"
    BOTH = "both"
    NONE = "none"

    @property
    def burned(self) -> bool:
        """Whether they are in the picture."""
        return self in {Subtitles.BURN, Subtitles.BOTH}

    @property
    def soft(self) -> bool:
        """Whether they are a track."""
        return self in {Subtitles.SOFT, Subtitles.BOTH}


class Brand(BaseModel):
    """How slides look. A logo is sent as the file `logo`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ThemeName = Field(default=ThemeName.LIGHT, description="The colours to begin with.", examples=["dark"])
    accent: Colour | None = Field(default=None, description="Of marks, lines and bars.", examples=["#0f766e"])
    background: Colour | None = Field(default=None, description="Of the slide.", examples=["#ffffff"])
    ink: Colour | None = Field(default=None, description="Of the text.", examples=["#111827"])


class SubtitleStyle(BaseModel):
    """How subtitles in the picture look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: float = Field(
        default=1.0, ge=0.5, le=2.0, strict=True, description="1 is 3.7 % of the shorter side.", examples=[1.0]
    )
    position: Place = Field(default=Place.BOTTOM, description="Where they stand.", examples=["bottom"])
    outline: bool = Field(
        default=False, strict=True, description="Outlined letters instead of a dark box.", examples=[False]
    )


class MusicLevels(BaseModel):
    """How loud the uploaded `music` is beside the voice, dB."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    volume: float = Field(
        default=-14.0, ge=-40.0, le=0.0, strict=True, description="Where nobody speaks.", examples=[-14.0]
    )
    ducking: float = Field(
        default=-10.0, ge=-30.0, le=0.0, strict=True, description="Added while somebody does.", examples=[-10.0]
    )
