"""How a text is said, apart from who says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mediamill.media.voices.prose.sentences import Ending


@dataclass(frozen=True)
class Pauses:
    """Seconds of silence after a piece of text, at speed 1: a faster voice pauses for less."""

    clause_s: float = 0.12
    sentence_s: float = 0.35
    paragraph_s: float = 0.8

    def after(self, ending: Ending, speed: float) -> float:
        """Return the seconds of silence after a piece that ends like this."""
        pauses = {Ending.CLAUSE: self.clause_s, Ending.SENTENCE: self.sentence_s, Ending.PARAGRAPH: self.paragraph_s}
        return pauses[ending] / speed


@dataclass(frozen=True)
class Manner:
    """How a text is said.

    speed: 1.0 is the voice's own pace. pitch: semitones higher. volume_db: louder than the voices' common loudness.
    normalize: numbers, dates and abbreviations become words before an engine sees them.
    pronunciations: word -> what to say instead, or /IPA/; see `reading.pronunciations`.
    """

    speed: float = 1.0
    pitch: float = 0.0
    volume_db: float = 0.0
    pauses: Pauses = Pauses()
    normalize: bool = True
    pronunciations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
