"""What a request for flashcards may say."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mediamill.media.documents.rows import MOST_PAGES
from mediamill.media.voices.fields import VoiceName, check_reads
from mediamill.services.documents.card import Cards, Level

LONGEST_TEXT_CHARS: Final = 1_000_000
#: Pages of one request for the service itself.
MOST_SCANNED: Final = 64


class Ocr(StrEnum):
    """Which pages of a PDF are read by their looks."""

    AUTO = "auto"
    NEVER = "never"


class Translation(StrEnum):
    """A language that meanings are told in besides."""

    VIETNAMESE = "vi"


class Params(BaseModel):
    """Which words to learn from a document. Send `text`, or a .pdf, .docx, .md or .txt file as `file`; or `cards`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_TEXT_CHARS,
        description="Markdown or plain text. Leave it out when a file or cards are sent.",
        examples=["# Bees\n\nA forager that has found nectar tells the others by a waggle dance."],
    )
    cards: Cards | None = Field(
        default=None,
        description="The cards themselves, as `cards.json` of an earlier job has them: their audio and deck are made.",
        examples=[None],
    )
    generate_flashcards: bool = Field(
        default=True,
        strict=True,
        description="Without cards there are the vocabulary's mind map and graph only.",
        examples=[True],
    )
    max_phrases: int = Field(default=40, ge=10, le=100, strict=True, description="Phrases at most.", examples=[40])
    max_words: int = Field(default=10, ge=5, le=30, strict=True, description="Single words at most.", examples=[10])
    levels: frozenset[Level] | None = Field(
        default=None,
        min_length=1,
        description="Only what is of these levels; of all when left out.",
        examples=[None, ["B2", "C1", "C2"]],
    )
    translate: Translation | None = Field(
        default=None,
        description="Tell meanings in this language too: by the language model, or the operator's dictionary.",
        examples=[None, "vi"],
    )
    audio: bool = Field(default=True, strict=True, description="Say each word and its example.", examples=[True])
    voice: VoiceName | None = Field(
        default=None,
        description="Who says them; GET /voices lists them. A voice of the document's language when left out.",
        examples=["heart"],
    )
    ocr: Ocr = Field(
        default=Ocr.AUTO,
        description="`auto` reads pages without text, as scanned ones are, by their looks; `never` leaves them out.",
        examples=["auto"],
    )
    scan: tuple[Annotated[int, Field(ge=1, le=MOST_PAGES)], ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_SCANNED,
        description="For the service itself, which has scanned pages read by other workers: the numbers, from 1, that "
        "the pages of the file have in the whole document. The result is `lines.jsonl`.",
        examples=[None],
    )

    @field_validator("voice")
    @classmethod
    def _voice_reads_english(cls, voice: str | None) -> str | None:
        if voice:
            check_reads(voice, "en")
        return voice
