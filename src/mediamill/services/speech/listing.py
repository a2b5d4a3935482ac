"""The voices as GET /voices shows them."""

from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from mediamill.media.voices.catalog import canonical, current
from mediamill.media.voices.voice import Voice

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "name": "espeak-vi",
    "language": "vi",
    "label": "Vietnamese, northern",
    "engine": "espeak-ng",
    "sample_rate_hz": 22_050,
    "licence": "GPL-3.0-or-later",
    "remote": False,
    "ready": True,
    "needs": None,
    "sample": "/voices/espeak-vi/sample",
}


class VoiceView(BaseModel):
    """A voice."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str = Field(description="What to send as `voice`.")
    language: str = Field(description="BCP 47, lower case; `mul`: it reads every language.")
    label: str = Field(description="For people.")
    engine: str
    sample_rate_hz: int = Field(description="At which it speaks; a job's sound has the rate that the job asked for.")
    licence: str = Field(description="Of the voice; empty when it is not known.")
    remote: bool = Field(description="What it says is sent to another server.")
    ready: bool = Field(description="It can speak here and now.")
    needs: str | None = Field(description="What it lacks, for whoever runs this server.")
    sample: str = Field(description="Where it can be heard.")

    @classmethod
    def of(cls, voice: Voice) -> "VoiceView":
        """Return a voice as it is shown."""
        return cls(
            name=voice.name,
            language=voice.language,
            label=voice.label,
            engine=voice.engine,
            sample_rate_hz=voice.rate_hz,
            licence=voice.licence,
            remote=voice.remote,
            ready=voice.ready,
            needs=voice.needs or None,
            sample=f"/voices/{quote(voice.name, safe='')}/sample",
        )


class VoiceList(BaseModel):
    """Voices."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"voices": [_EXAMPLE]}]})

    voices: list[VoiceView]


class VoiceName(BaseModel):
    """A voice as apps for OpenAI-compatible servers list it."""

    id: str
    name: str
    language: str


class VoiceNames(BaseModel):
    """Voices that can speak now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"voices": [{"id": "espeak-vi", "name": "Vietnamese, northern", "language": "vi"}]}]
        }
    )

    voices: list[VoiceName]


class VoiceFilter(BaseModel):
    """Which voices a list shows."""

    model_config = ConfigDict(extra="forbid")

    language: Annotated[str, AfterValidator(canonical)] | None = Field(
        default=None,
        max_length=35,
        description="Only voices of this language, in all its regions, or (`en-GB`) of this region; and those that "
        "read every language.",
        examples=["vi"],
    )
    engine: str | None = Field(default=None, max_length=64, description="Only this engine's.", examples=["espeak-ng"])

    def matching(self) -> Iterator[Voice]:
        """Yield the voices of this server that are meant, those that are not ready too."""
        for voice in current():
            if self.engine in (None, voice.engine) and (self.language is None or voice.speaks(self.language)):
                yield voice
