"""Requests for speech as OpenAI's API has them, and what they mean here."""

import base64
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.files.formats import Format
from mediamill.services.speech.params import LONGEST_TEXT_CHARS, Params

#: Our model's name, and OpenAI's, so that programs that were written for theirs work as they are.
MODELS: Final = (
    "mediamill",
    "tts-1",
    "tts-1-hd",
    "gpt-4o-mini-tts",
    "gpt-4o-mini-tts-2025-03-20",
    "gpt-4o-mini-tts-2025-12-15",
)
#: OpenAI's voices. Each means here: the voice of the text's language.
THEIR_VOICES: Final = frozenset(
    {
        *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
        *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
    }
)
#: Error codes of jobs that say that the text cannot be spoken as it was asked for.
FAULTS: Final = frozenset({"INVALID_INPUT", "NO_SOUND", "SOUND_TOO_LONG"})
#: Our name of a parameter -> theirs.
NAMES: Final[Mapping[str, str]] = MappingProxyType({"text": "input", "format": "response_format"})


def _ours(voice: object) -> object:
    """Return the name of a voice of ours, or None for one of theirs.

    In OpenAI's API `{"id": name}` is a voice of one's own; here too, also where it has a name of theirs.
    """
    if isinstance(voice, str):
        return None if voice.lower() in THEIR_VOICES else voice
    return voice["id"] if isinstance(voice, dict) and set(voice) == {"id"} else voice


def _possible(speed: float) -> float:
    if not 0.5 <= speed <= 2.0:  # noqa: PLR2004 - as Params has it
        raise ValueError(f"{speed:g} is not possible here; of OpenAI's 0.25 to 4 there is 0.5 to 2")
    return speed


_VOICE_SCHEMA: Final = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    ]
}


class SpeechRequest(BaseModel):
    """What to say, and how. Fields that are not listed here are ignored, as programs for other servers send some."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: str = Field(
        default=MODELS[0],
        max_length=256,
        description="`mediamill`, or one of OpenAI's names for speech: they all mean the same here.",
        examples=["tts-1"],
    )
    input: str = Field(
        max_length=LONGEST_TEXT_CHARS,
        description="The text to say.",
        examples=["Hello there. This text was read aloud by a job server."],
    )
    voice: Annotated[str | None, BeforeValidator(_ours), WithJsonSchema(_VOICE_SCHEMA)] = Field(
        default=None,
        max_length=128,
        description="One of GET /voices. OpenAI's own names mean the voice of the text's language, and so does leaving "
        'it out; `{"id": name}` always means one of ours.',
        examples=["heart"],
    )
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = Field(
        default="mp3", description="The kind of sound file.", examples=["mp3"]
    )
    speed: Annotated[float, AfterValidator(_possible)] = Field(
        default=1.0,
        description="How fast, 0.5 to 2.",
        json_schema_extra={"minimum": 0.5, "maximum": 2.0},
        examples=[1.0],
    )
    instructions: str | None = Field(
        default=None, max_length=LONGEST_TEXT_CHARS, description="Accepted; the voices here take no instructions."
    )
    stream_format: Literal["audio", "sse"] = Field(
        default="audio",
        description="`audio`: the bytes of the file; `sse`: events with pieces of it in Base64.",
        examples=["audio"],
    )
    language: str | None = Field(
        default=None,
        max_length=35,
        description="Ours: the language of the text. Found for each sentence when left out.",
        examples=["en"],
    )
    sample_rate: int = Field(default=24_000, description="Ours: Hz, as the format knows it.", examples=[24_000])
    captions: bool = Field(
        default=False, description="Ours: the job makes captions too, at a tenth more of work.", examples=[False]
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, sent: Any) -> Any:  # noqa: ANN401 - whatever JSON there was
        """Take a null for a field that was left out, as many clients mean it."""
        return {name: value for name, value in sent.items() if value is not None} if isinstance(sent, dict) else sent

    @property
    def form(self) -> Format:
        """The kind of sound file."""
        return Format(self.response_format)

    @property
    def file_name(self) -> str:
        """What the sound file of the job is called."""
        return f"speech.{self.form}"

    def params(self) -> Params:
        """Return the same request in our words. Raises InvalidInput, and ValidationError with our names of fields."""
        return Params(
            text=self.input,
            voice=None if self.voice is None else voice_named(self.voice).name,
            language=self.language,
            speed=self.speed,
            format=self.form,
            sample_rate=self.sample_rate,
            stream=True,
            captions=self.captions,
        )


# ---- the answer as events


def delta(audio: bytes) -> bytes:
    """Return the event that brings a piece of the sound."""
    return _event({"type": "speech.audio.delta", "audio": base64.b64encode(audio).decode()})


def done(characters: int) -> bytes:
    """Return the last event. There are no tokens here: what came in is counted in characters, what goes out is not."""
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    return _event({"type": "speech.audio.done", "usage": usage})


def failed(problem: Mapping[str, Any]) -> bytes:
    """Return the event that says why no more sound comes; OpenAI's clients raise it."""
    return _event({"type": "error", **problem})


def _event(facts: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(facts, separators=(",", ":")).encode() + b"\n\n"
