"""What is remembered of each phrase and word while a document is read."""

from typing import Final

#: No section yet.
_NONE: Final = -1


class Sighting:
    """How a phrase or word was met, as it stands there in small letters.

    lemma: as a dictionary has it. parts: the parts of speech of its words, "an" for adjective and noun.
    count: how often it was met. alone: how often as all of a noun phrase, not within a longer one.
    cased: where a capital says something; named: of these, how often its last word began with one.
    whole: in how many whole sentences. sections: in how many runs of one section.
    """

    __slots__ = ("alone", "cased", "count", "lemma", "named", "parts", "section", "sections", "whole")

    def __init__(self) -> None:
        self.lemma = ""
        self.parts = ""
        self.count = 0
        self.alone = 0
        self.cased = 0
        self.named = 0
        self.whole = 0
        self.sections = 0
        self.section = _NONE

    def met(self, section: int, *, whole: bool, alone: bool = True) -> None:
        """Count it once more."""
        self.count += 1
        self.alone += alone
        self.whole += whole
        if section != self.section:
            self.section = section
            self.sections += 1

    def capital(self, *, named: bool) -> None:
        """Count where its capital, or its lack of one, says something."""
        self.cased += 1
        self.named += named
