"""What a request for a video may say."""

from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mediamill.media.film.look import Container, Lettering, Look, Place
from mediamill.media.film.setting import share_of
from mediamill.media.pictures.slide import SUBTITLES, Aspect, Frame, Resolution, Theme
from mediamill.media.voices.fields import LanguageTag, VoiceName, check_reads
from mediamill.media.voices.manner import Manner
from mediamill.services.videos.script import EXAMPLE, MOST_SCENES, Script
from mediamill.services.videos.styles import Brand, MusicLevels, Subtitles, SubtitleStyle

LONGEST_TEXT_CHARS: Final = 1_000_000
#: The uploads that a scene's `image` names.
IMAGES: Final = tuple(f"image_{number}" for number in range(1, MOST_SCENES + 1))


class Until(StrEnum):
    """How far the work goes."""

    SCRIPT = "script"
    VIDEO = "video"


class Params(BaseModel):
    """What to make a video of. Send `text`, a .txt, .md, .pdf or .docx file as `file`, or a `script`: one of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_TEXT_CHARS,
        description="Markdown or plain text. Leave it out when a file or a script is sent.",
        examples=["# Bees\n\nA bee that has found flowers tells the others by a dance."],
    )
    script: Script | None = Field(
        default=None,
        description="The scenes themselves, as `script.json` of an earlier job has them.",
        examples=[None, dict(EXAMPLE)],
    )
    stage: Until = Field(
        default=Until.VIDEO,
        description="`script` ends with `script.json`, to be looked at, changed and sent back.",
        examples=["video"],
    )
    voice: VoiceName | None = Field(
        default=None,
        description="Who speaks; GET /voices lists them. What is in another language gets a voice of that one. "
        "By language when left out.",
        examples=["heart"],
    )
    language: LanguageTag | None = Field(
        default=None, description="Of the narration. Found by itself when left out.", examples=["en", "vi"]
    )
    speed: float = Field(
        default=1.0, ge=0.5, le=2.0, strict=True, description="How fast: 1 is the voice's own pace.", examples=[1.0]
    )
    theme: Brand = Field(default=Brand(), description="How slides look.", examples=[{"name": "dark"}])
    aspect: Aspect = Field(default=Aspect.WIDE, description="The shape of the picture.", examples=["16:9", "9:16"])
    resolution: Resolution = Field(
        default=Resolution.HD, description="How fine it is: the shorter side in pixels.", examples=["720p"]
    )
    fps: Literal[25, 30] = Field(default=25, description="Frames per second.", examples=[25])
    format: Container = Field(
        default=Container.MP4, description="`mp4` has H.264 and AAC, `webm` VP9 and Opus.", examples=["mp4"]
    )
    cfr: bool = Field(
        default=False,
        strict=True,
        description="Store every frame, for editors that want a constant rate. Otherwise only those that differ.",
        examples=[False],
    )
    zoom: bool = Field(default=False, strict=True, description="Come slowly nearer.", examples=[False])
    crossfade_s: float = Field(
        default=0.5, ge=0.0, le=2.0, strict=True, description="From one picture to the next.", examples=[0.5]
    )
    subtitles: Subtitles = Field(
        default=Subtitles.BURN,
        description="In the picture (`burn`), as a track (`soft`), `both` or `none`. "
        "`captions.srt` and `.vtt` are written in any case.",
        examples=["burn"],
    )
    subtitle_style: SubtitleStyle = Field(
        default=SubtitleStyle(),
        description="Size, place and outline of subtitles in the picture.",
        examples=[{"size": 1.2}],
    )
    music: MusicLevels = Field(
        default=MusicLevels(), description="How loud the file `music` is, if one is sent.", examples=[{"volume": -18.0}]
    )

    @field_validator("language")
    @classmethod
    def _voice_reads_it(cls, language: str | None, before: ValidationInfo) -> str | None:
        if (voice := before.data.get("voice")) and language:
            check_reads(voice, language)
        return language

    @property
    def frame(self) -> Frame:
        """The size of the picture."""
        return Frame.of(self.aspect, self.resolution)

    @property
    def manner(self) -> Manner:
        """How it is spoken."""
        return Manner(speed=self.speed)

    @property
    def look(self) -> Look:
        """How the film looks."""
        style = self.subtitle_style
        lettering = Lettering(style.size, style.position, style.outline) if self.subtitles.burned else None
        return Look(
            frame=self.frame,
            fps=self.fps,
            container=self.format,
            constant_rate=self.cfr,
            zoom=self.zoom,
            crossfade_s=self.crossfade_s,
            lettering=lettering,
        )

    @property
    def kept_above(self) -> float:
        """The share of the frame's height that pictures keep free for subtitles, above."""
        return self._kept(Place.TOP)

    @property
    def kept_below(self) -> float:
        """The same below, where players show those of a track."""
        return max(SUBTITLES if self.subtitles.soft else 0.0, self._kept(Place.BOTTOM))

    def _kept(self, place: Place) -> float:
        lettering = self.look.lettering
        if lettering is None or lettering.place is not place:
            return 0.0
        return max(SUBTITLES, share_of(self.frame, lettering))

    def theme_with(self, logo: Path | None) -> Theme:
        """Return how slides look, with the uploaded logo."""
        brand = self.theme
        return Theme(brand.name, brand.accent, brand.background, brand.ink, logo)
