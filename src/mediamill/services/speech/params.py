# ruff: noqa: RUF001 - signs of the IPA are meant
"""What a request for speech may say."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from mediamill import InvalidInput
from mediamill.media.voices.fields import LanguageTag, VoiceName, check_reads
from mediamill.media.voices.files.formats import Format, check_rate
from mediamill.media.voices.manner import Manner, Pauses
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.sentences import Ending
from mediamill.media.voices.reading import pronunciations
from mediamill.media.voices.script import Cast, Place

LONGEST_TEXT_CHARS = 1_000_000
MOST_SPEAKERS = 20


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is blank")
    return text


def _pronounceable(wanted: dict[str, str]) -> dict[str, str]:
    try:
        pronunciations.check(wanted)
    except InvalidInput as refused:
        raise ValueError(refused.message) from refused
    return wanted


def _as_in_the_text(name: str) -> str:
    if not (plain := normalise.plain(name)):
        raise ValueError("the name is blank")
    return plain


Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT_CHARS), AfterValidator(_not_blank)]
Seconds = Annotated[float, Field(ge=0.0, le=10.0)]


class Speaker(BaseModel):
    """One of several who speak: in the text, `[name]` at the start of a line gives them the word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_as_in_the_text)] = Field(
        pattern=r"^[^\[\]\n]{1,40}$", description="As it stands in the text.", examples=["alice"]
    )
    voice: VoiceName = Field(description="Their voice.", examples=["heart"])


def _by_kind(sent: object, _valid: ValidatorFunctionWrapHandler) -> object:
    """Take a string for a name and a list for a cast: of a union, each member would complain of what is wrong."""
    if isinstance(sent, str):
        return _NAME.validate_python(sent)
    if isinstance(sent, list | tuple):
        if not 1 <= len(sent) <= MOST_SPEAKERS:
            raise ValueError(f"there are {len(sent)} speakers; at least 1 and at most {MOST_SPEAKERS} are wanted")
        return _CAST.validate_python(sent)
    raise ValueError("wanted is the name of a voice, or a list of them")


def _speaker_by_kind(sent: object, _valid: ValidatorFunctionWrapHandler) -> object:
    if isinstance(sent, str):
        return _NAME.validate_python(sent)
    if isinstance(sent, dict | Speaker):
        return _SPEAKER.validate_python(sent)
    raise ValueError('wanted is the name of a voice, or {"name": ..., "voice": ...}')


CastEntry = Annotated[VoiceName | Speaker, WrapValidator(_speaker_by_kind)]
CastList = Annotated[tuple[CastEntry, ...], Field(min_length=1, max_length=MOST_SPEAKERS)]
_NAME: TypeAdapter[str] = TypeAdapter(VoiceName)
_SPEAKER: TypeAdapter[Speaker] = TypeAdapter(Speaker)
_CAST: TypeAdapter[tuple[str | Speaker, ...]] = TypeAdapter(tuple[CastEntry, ...])


_Voices = str | tuple[str | Speaker, ...] | None


def _speakers(voice: _Voices) -> list[tuple[str, str]]:
    """Return who may speak: (name in the text, voice)."""
    if voice is None:
        return []
    if isinstance(voice, str):
        return [(voice, voice)]
    return [(each.name, each.voice) if isinstance(each, Speaker) else (each, each) for each in voice]


class PauseLengths(BaseModel):
    """How long the silences are, seconds, at speed 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clause_s: Seconds = Field(default=0.12, description="Between the parts of a very long sentence.", examples=[0.12])
    sentence_s: Seconds = Field(default=0.35, description="After a sentence.", examples=[0.35])
    paragraph_s: Seconds = Field(default=0.8, description="After a paragraph, a heading or a speaker.", examples=[0.8])


class SectionOf(BaseModel):
    """Where a section stands in the longer text that it belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: LanguageTag = Field(description="Of most of that text.", examples=["en"])
    speaker: str = Field(
        default="", max_length=128, description="Who has the word where the section begins.", examples=["alice"]
    )
    ending: Ending = Field(
        default=Ending.PARAGRAPH, description="What it ends with, which decides on the pause.", examples=["paragraph"]
    )


class Params(BaseModel):
    """What to say, and how. Send either `text` or a .txt or .md file as `file`; Markdown is read as prose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text | None = Field(
        default=None,
        description="The text to say. An empty line begins a new paragraph; `[pause 1.5s]` is a silence. "
        "Leave it out when a file is sent.",
        examples=["Hello there. This text was read aloud by a job server.", "Xin chào các bạn."],
    )
    voice: Annotated[VoiceName | CastList, WrapValidator(_by_kind)] | None = Field(
        default=None,
        description="Who says it; GET /voices lists them. Sentences in another language than the voice's get a voice "
        "of their own. A list is a dialogue: a line that begins with `[name]` gives the word to that speaker, or, "
        "where the list has plain voices, to the voice of that name. By language when left out.",
        examples=["heart", "espeak-vi-vn-x-south", [{"name": "alice", "voice": "heart"}, "espeak-en-gb"]],
    )
    language: LanguageTag | None = Field(
        default=None,
        description="The language of the text, as in `en`, `vi` or `pt-BR`. Found for each sentence when left out.",
        examples=["en", "vi"],
    )
    speed: float = Field(
        default=1.0,
        ge=0.5,
        le=2.0,
        strict=True,
        description="How fast: 1 is the voice's own pace, 2 twice as fast.",
        examples=[1.0, 1.25],
    )
    pitch: float = Field(
        default=0.0,
        ge=-12.0,
        le=12.0,
        strict=True,
        description="Semitones higher (or lower); the length stays.",
        examples=[0.0, -2.0],
    )
    volume: float = Field(
        default=0.0,
        ge=-20.0,
        le=20.0,
        strict=True,
        description="Louder by so many dB than -22 LUFS, the loudness of all voices. Peaks are limited, not clipped.",
        examples=[0.0, 6.0],
    )
    format: Format = Field(
        default=Format.MP3,
        description="The kind of sound file. `opus` is Ogg Opus, `aac` ADTS, `pcm` raw 16-bit little-endian samples, "
        "`m4b` an audiobook with chapters.",
        examples=["mp3", "wav", "m4b"],
    )
    sample_rate: int = Field(
        default=24_000, strict=True, description="Hz. Which ones there are depends on the format.", examples=[24_000]
    )
    pauses: PauseLengths = Field(
        default=PauseLengths(), description="How long the silences are.", examples=[{"paragraph_s": 1.2}]
    )
    normalize: bool = Field(
        default=True,
        strict=True,
        description="Read numbers, dates, money, units and abbreviations as words. Off: the voice gets them as "
        "they are written.",
        examples=[True],
    )
    pronunciations: Annotated[dict[str, str], AfterValidator(_pronounceable)] = Field(
        default_factory=dict,
        description="How words are said: word -> respelling, or IPA between slashes, which neural local voices read.",
        examples=[{"SQL": "sequel", "nginx": "/ˈɛndʒɪn ˈɛks/"}],
    )
    stream: bool = Field(
        default=False,
        strict=True,
        description="Publish the sound in parts while it is made: `stream/000001` and so on, which are the final "
        "file in slices.",
        examples=[False],
    )
    captions: bool = Field(
        default=True,
        strict=True,
        description="Also captions beside the sound: `captions.srt`, `captions.vtt` and `cues.json`.",
        examples=[True],
    )
    chapters: bool = Field(
        default=True,
        strict=True,
        description="Also a sound file for each chapter, where a long text has at least two.",
        examples=[True],
    )
    section: SectionOf | None = Field(
        default=None,
        description="For the service itself, which reads a long text section by section: the sound is then one that "
        "can be joined to others, and its cues come as `cues.jsonl`.",
        examples=[None],
    )

    @field_validator("voice")
    @classmethod
    def _speakers_differ(cls, voice: _Voices) -> _Voices:
        names = [name.casefold() for name, _ in _speakers(voice)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two speakers are named {twice!r}")
        return voice

    @field_validator("language")
    @classmethod
    def _voice_reads_it(cls, language: str | None, before: ValidationInfo) -> str | None:
        name = before.data.get("voice")
        if isinstance(name, str) and language:
            check_reads(name, language)
        return language

    @field_validator("sample_rate")
    @classmethod
    def _format_has_it(cls, rate_hz: int, before: ValidationInfo) -> int:
        form = before.data.get("format")
        if form is not None:
            try:
                check_rate(form, rate_hz)
            except InvalidInput as refused:
                raise ValueError(refused.message) from refused
        return rate_hz

    @field_validator("stream")
    @classmethod
    def _format_streams(cls, stream: bool, before: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it
        form = before.data.get("format")
        if stream and form is not None and not form.streams:
            raise ValueError(f"{form} cannot be heard before it is whole: leave out `stream`, or choose mp3")
        return stream

    @field_validator("section")
    @classmethod
    def _speaker_is_in_the_cast(cls, section: SectionOf | None, before: ValidationInfo) -> SectionOf | None:
        if section and section.speaker and section.speaker not in dict(_speakers(before.data.get("voice"))):
            raise ValueError(f"there is no speaker {section.speaker!r}")
        return section

    @property
    def cast(self) -> Cast:
        """Who may speak."""
        return Cast.of(dict(_speakers(self.voice)))

    @property
    def place(self) -> Place | None:
        """Where the text stands in a longer one."""
        return Place(self.section.language, self.section.speaker) if self.section else None

    @property
    def manner(self) -> Manner:
        """How it is said."""
        return Manner(
            speed=self.speed,
            pitch=self.pitch,
            volume_db=self.volume,
            pauses=Pauses(**self.pauses.model_dump()),
            normalize=self.normalize,
            pronunciations=self.pronunciations,
        )
