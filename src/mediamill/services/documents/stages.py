"""The stages of a job, and how long they take beside each other."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mediamill import Context, Stages
from mediamill.services.documents.params import Params


class Stage(StrEnum):
    """A part of the work. Its value: what is shown."""

    READING = "reading"
    SCANS = "pages without text"
    VOCABULARY = "vocabulary"
    MEANINGS = "meanings"
    AUDIO = "audio"
    FILES = "files"


#: Measured: 100 pages of text, 50 cards.
_SHARES: Final[Mapping[str, float]] = {
    Stage.READING: 10.0,
    Stage.SCANS: 20.0,
    Stage.VOCABULARY: 15.0,
    Stage.MEANINGS: 10.0,
    Stage.AUDIO: 40.0,
    Stage.FILES: 5.0,
}


def stages_of(params: Params, ctx: Context, *, from_cards: bool) -> Stages:
    """Return the stages that a request goes through. from_cards: there are cards already."""
    left_out = set[Stage]()
    if from_cards:
        left_out |= {Stage.READING, Stage.SCANS, Stage.VOCABULARY, Stage.MEANINGS}
    if not params.generate_flashcards:
        left_out |= {Stage.MEANINGS, Stage.AUDIO}
    if not params.audio:
        left_out.add(Stage.AUDIO)
    return Stages(ctx, {stage: share for stage, share in _SHARES.items() if stage not in left_out})
