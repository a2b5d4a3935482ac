"""What a client changes in cards that were made."""

import time

from pydantic import BaseModel, ConfigDict, Field

from mediamill.services.documents.card import (
    LONGEST_TERM_CHARS,
    LONGEST_TEXT_CHARS,
    By,
    Card,
    Cards,
    Difficulty,
    Level,
    SynonymView,
    Word,
    level_tag,
)
from mediamill.services.documents.examples import gapped, standing


class CardChange(BaseModel):
    """What to change in a card; what is left out stays. A card's word does not change: that is another card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: str | None = Field(
        default=None,
        max_length=LONGEST_TEXT_CHARS,
        description='"" takes it away: the card then asks for the gap in its example.',
        examples=["a dance by which a bee tells the way"],
    )
    translation: str | None = Field(default=None, max_length=LONGEST_TEXT_CHARS, examples=["điệu nhảy lắc"])
    example: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_TEXT_CHARS,
        description="Its audio goes, until the deck is made anew.",
        examples=["By a waggle dance a forager tells the others the way."],
    )
    synonyms: tuple[SynonymView, ...] | None = Field(default=None, max_length=20, examples=[[]])
    level: Level | None = Field(default=None, description="CEFR.", examples=["B2"])
    tags: tuple[Word, ...] | None = Field(default=None, max_length=20, examples=[["chapter::1"]])

    def applied(self, card: Card) -> Card:
        """Return the card with this change, and with what follows from it."""
        changes = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        if self.meaning is not None and self.meaning != card.meaning:
            changes["definition_source"] = By.CLIENT if self.meaning else By.CLOZE
        if self.example is not None and self.example != card.example:
            cloze = gapped(self.example, standing((card.word,)))[:LONGEST_TEXT_CHARS]  # a gap may be the longer one
            changes |= {"cloze": cloze, "example_source": "", "audio_example": None}
        if self.level is not None:
            changes["difficulty"] = Difficulty.of(self.level)
            if self.tags is None:
                changes["tags"] = tuple(
                    level_tag(self.level) if tag == level_tag(card.level) else tag for tag in card.tags
                )
        if all(getattr(card, name) == value for name, value in changes.items()):
            return card
        return card.changed(int(time.time()), **changes)


class CardFilter(BaseModel):
    """Which cards a list shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cluster: int | None = Field(default=None, ge=0, description="Only this cluster's, by its id.", examples=[0])
    level: Level | None = Field(default=None, description="Only of this level.", examples=["B2"])
    q: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_TERM_CHARS,
        description="Only with this in the word, a synonym, the meaning, the translation or the example.",
        examples=["dance"],
    )

    def lets_pass(self, card: Card) -> bool:
        """Whether the list shows a card."""
        if self.cluster not in {None, card.cluster_id} or self.level not in {None, card.level}:
            return False
        if self.q is None:
            return True
        wanted = self.q.casefold()
        texts = (card.word, card.meaning, card.translation, card.example, *(each.word for each in card.synonyms))
        return any(wanted in text.casefold() for text in texts)


def changed(cards: Cards, card_id: str, change: CardChange) -> Cards | None:
    """Return the cards with one of them changed; None where there is none of that id."""
    card = found(cards, card_id)
    if card is None:
        return None
    after = change.applied(card)
    return cards.model_copy(update={"cards": tuple(after if each is card else each for each in cards.cards)})


def without(cards: Cards, card_id: str) -> Cards | None:
    """Return the cards without one of them; None where there is none of that id."""
    card = found(cards, card_id)
    if card is None:
        return None
    return cards.model_copy(update={"cards": tuple(each for each in cards.cards if each is not card)})


def found(cards: Cards, card_id: str) -> Card | None:
    """Return the card of that id, or None."""
    return next((each for each in cards.cards if each.id == card_id), None)
