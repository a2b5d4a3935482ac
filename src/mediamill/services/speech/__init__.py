"""The service `speech`: a text, sent or uploaded, read aloud, with captions."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mediamill import Context, Files, InvalidInput, Queue, Result, Service
from mediamill.media.text import read_text
from mediamill.media.voices import normalise
from mediamill.media.voices.catalog import voice_for, voice_named
from mediamill.media.voices.formats import Format
from mediamill.media.voices.language import check_script

#: A text this short is said within a second or two, and somebody waits for it.
SHORT_CHARS = 400
LONGEST_TEXT_CHARS = 100_000
#: About 30 hours of sound, which take half an hour to make.
LONGEST_FILE_CHARS = 2_000_000


def _known_voice(name: str) -> str:
    try:
        return voice_named(name).name
    except InvalidInput as unknown:
        raise ValueError(unknown.message) from unknown


def _read_language(language: str) -> str:
    try:
        voice_for(language)
    except InvalidInput as unread:
        raise ValueError(unread.message) from unread
    return language


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is blank")
    return text


Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT_CHARS), AfterValidator(_not_blank)]
VoiceName = Annotated[str, Field(max_length=64), AfterValidator(_known_voice)]
LanguageTag = Annotated[str, Field(max_length=35), AfterValidator(_read_language)]


class Params(BaseModel):
    """What to say, and how. Send either `text` or a .txt or .md file as `file`; Markdown is read as prose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text | None = Field(
        default=None,
        description="The text to say. An empty line begins a new paragraph. Leave it out when a file is sent.",
        examples=["Hello there. This text was read aloud by a job server.", "Xin chào các bạn."],
    )
    voice: VoiceName | None = Field(
        default=None,
        description="Who says it. Sentences in another language than the voice's get a voice of their own. "
        "By language when left out: `heart` for English, `espeak-vi` for Vietnamese.",
        examples=["heart", "espeak-vi-vn-x-south"],
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
    format: Format = Field(default=Format.MP3, description="The kind of sound file.", examples=["mp3", "wav", "flac"])

    @model_validator(mode="after")
    def _voice_reads_language(self) -> "Params":
        if self.voice and self.language:
            voice, wanted = voice_named(self.voice), voice_for(self.language)
            if voice.base_language != wanted.base_language:
                raise ValueError(
                    f"the voice {voice.name} reads {voice.base_language}, not {self.language}; {wanted.name} does"
                )
        return self


def check(params: Params, files: Files) -> None:
    """Raise InvalidInput unless there is exactly one text, and something in it to say."""
    path = files.get("file")
    if (params.text is None) == (path is None):
        raise InvalidInput("send either `text` or a file: one of them, not both", field="text" if path else "file")
    field = "text" if path is None else "file"
    text = text_of(params, path)
    if not normalise.speakable(text):
        raise InvalidInput("there is nothing to say in the text: no letter and no digit", field=field)
    if params.language is None:
        check_script(text, field=field)


def text_of(params: Params, path: Path | None) -> str:
    """Return the text as it was sent, or the text of the file. Raises InvalidInput."""
    if path is None:
        return params.text or ""
    text = read_text(path)
    if len(text) > LONGEST_FILE_CHARS:
        raise InvalidInput(f"the file has {len(text):,} characters; the limit is {LONGEST_FILE_CHARS:,}", field="file")
    return text


def queue(params: Params, files: Files) -> Queue:
    """Return where the request waits: somebody listens for a short text, and a long one takes its time."""
    length = files["file"].stat().st_size if "file" in files else len(params.text or "")
    return Queue.INTERACTIVE if length <= SHORT_CHARS else Queue.CPU


def run(params: Params, ctx: Context) -> Result:
    """Say the text into `speech.<format>`: mono, 24 kHz, 16 bits; and write its captions."""
    # numpy, soundfile and the models are loaded by the process that speaks, not by everyone who imports us.
    from mediamill.services.speech.work import read_aloud  # noqa: PLC0415 - see above

    return read_aloud(text_of(params, ctx.input("file")), params, ctx)


service = Service(
    "speech",
    Params,
    run,
    queue=queue,
    time_limit_s=7_200,
    inputs=("file",),
    check=check,
    needs=("numpy", "scipy", "soundfile", "lameenc", "hibari", "espeakng_loader", "py3langid", "markdown_it"),
    extra="speech",
)
