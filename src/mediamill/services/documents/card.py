# ruff: noqa: RUF001 - signs of the IPA are meant
"""A flashcard, as `cards.json` and the routes have it."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from mediamill.services.documents.term import Kind, Part, Role

LONGEST_TERM_CHARS: Final = 120
LONGEST_TEXT_CHARS: Final = 1_000
LONGEST_IPA_CHARS: Final = 500
#: As many as a request may ask for: 100 phrases and 30 words; and some that a client adds.
MOST_CARDS: Final = 500
#: What Anki can count to, in the year 2106.
LATEST_S: Final = 4_294_967_295


class Level(StrEnum):
    """Of the Common European Framework of Reference for Languages."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"


class Difficulty(StrEnum):
    """The levels in three steps: A, B and C."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"

    @classmethod
    def of(cls, level: Level) -> "Difficulty":
        """Return the step that a level belongs to."""
        return {"A": cls.BEGINNER, "B": cls.INTERMEDIATE, "C": cls.ADVANCED}[level[0]]


def level_tag(level: Level) -> str:
    """Return the tag by which Anki finds the cards of a level."""
    return f"level::{level.value}"


class By(StrEnum):
    """Where a meaning comes from. `cloze`: there is none, and the card asks for the gap in its example."""

    WORDNET = "wordnet"
    DOCUMENT = "document"
    MODEL = "model"
    CLIENT = "client"
    CLOZE = "cloze"


class SynonymView(BaseModel):
    """Another word for a card's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: str = Field(min_length=1, max_length=LONGEST_TERM_CHARS, description="The other word.", examples=["honeybee"])
    similarity: float = Field(ge=0.0, le=1.0, description="How near it comes, 0 to 1.", examples=[0.91])


_Text = Annotated[str, Field(max_length=LONGEST_TEXT_CHARS)]
#: Of blanks alone is none: neither Anki nor a mind map has a place for it.
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_TERM_CHARS, pattern=r"\S")]
_IPA = Annotated[str, Field(max_length=LONGEST_IPA_CHARS)]
_File = Annotated[str, Field(min_length=1, max_length=200)]


class Card(BaseModel):
    """A flashcard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(
        pattern=r"^[0-9a-f]{16}$",
        description="The same for the same word of the same document: whoever imports a deck again gets no card twice.",
        examples=["5f2b0c9a1e7d4433"],
    )
    word: Word = Field(description="The phrase or word.", examples=["waggle dance"])
    word_type: Kind = Field(description="Several words, or one.", examples=["phrase"])
    part_of_speech: Part = Field(description="Of a phrase: what it is as a whole.", examples=["noun"])
    meaning: _Text = Field(
        default="", description="Empty where `definition_source` is `cloze`.", examples=["how a bee tells the way"]
    )
    definition_source: By = Field(description="Where the meaning comes from.", examples=["document"])
    translation: _Text = Field(default="", description="In the language of `translate`.", examples=["điệu nhảy lắc"])
    example: _Text = Field(description="A sentence of the document.", examples=["The waggle dance shows the way."])
    example_source: _Text = Field(default="", description="Its heading and page.", examples=["The dance, page 3"])
    cloze: _Text = Field(
        default="", description="The example with a gap for the word.", examples=["The _____ shows the way."]
    )
    ipa: _IPA = Field(default="", description="As `ipa_us`.", examples=["ˈwæɡəl dæns"])
    ipa_uk: _IPA = Field(default="", description="British pronunciation.", examples=["ˈwaɡəl dɑːns"])
    ipa_us: _IPA = Field(default="", description="American pronunciation.", examples=["ˈwæɡəl dæns"])
    audio_word: _File | None = Field(
        default=None,
        description="The file of this job in which the word is said.",
        examples=["audio/5f2b0c9a-word.mp3"],
    )
    audio_example: _File | None = Field(
        default=None, description="The same of the example.", examples=["audio/5f2b0c9a-example.mp3"]
    )
    synonyms: tuple[SynonymView, ...] = Field(
        default=(), max_length=20, description="Other words for it, the nearest first.", examples=[[]]
    )
    related_words: tuple[Word, ...] = Field(
        default=(), max_length=10, description="Words of other cards.", examples=[["forager", "round dance"]]
    )
    cluster_id: int = Field(ge=0, le=MOST_CARDS, description="The topic that it belongs to.", examples=[0])
    cluster_name: Word = Field(description="The word that stands for the topic.", examples=["dance"])
    cluster_rank: int = Field(ge=1, le=MOST_CARDS, description="From 1, the most important one.", examples=[1])
    semantic_role: Role = Field(description="Whether it stands for its topic.", examples=["core"])
    importance_score: float = Field(ge=0.0, le=1.0, description="Beside the other cards.", examples=[0.87])
    level: Level = Field(description="CEFR.", examples=["C1"])
    difficulty: Difficulty = Field(description="The level in three steps.", examples=["advanced"])
    tags: tuple[Word, ...] = Field(
        default=(), max_length=20, description="For Anki.", examples=[["level::C1", "type::phrase"]]
    )
    changed_s: int | None = Field(
        default=None,
        ge=0,
        le=LATEST_S,
        description="When it was made or changed, Unix seconds: a new deck brings up to date what was changed since "
        "the one before. Left out: now.",
        examples=[1_767_225_600],
    )

    def changed(self, changed_s: int, **fields: object) -> Self:
        """Return the card with other fields, changed at that time."""
        return type(self).model_validate(self.model_dump() | fields | {"changed_s": changed_s})


class Cards(BaseModel):
    """The file `cards.json`: cards in the order of learning, and what they were made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(max_length=200, description="Of the document; the deck's name.", examples=["Of bees"])
    document: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="The SHA-256 digest of the document.", examples=["0" * 64]
    )
    language: str = Field(max_length=20, description="Of the document.", examples=["en"])
    cards: tuple[Card, ...] = Field(max_length=MOST_CARDS, description="The cards.", examples=[[]])
