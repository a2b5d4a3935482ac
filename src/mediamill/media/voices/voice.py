"""A voice, as clients choose it and as its engine finds it. Cheap to import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: What is written where nobody said which language a voice reads (BCP 47).
UNDETERMINED: Final = "und"
#: The same standard's word for a voice that reads whatever it is given.
MULTILINGUAL: Final = "mul"


@dataclass(frozen=True)
class Voice:
    """A voice as clients choose it.

    name: what they send. language: BCP 47, lower case. label: for people.
    engine: which engine speaks, and engine_voice: what that engine calls the voice.
    rate_hz: at which the engine speaks; what we hand out is always `sound.RATE_HZ`.
    gain_db: makes all voices equally loud; measured on the texts in `examples/`, by BS.1770. None:
        nobody measured it, so that the loudness of each sentence is.
    licence: of the voice, as far as it is known. remote: what it says is sent to another server.
    needs: what is missing before it can speak, for whoever runs this machine; empty: nothing is.
    regions: further tags that it reads as its own, beside `language`.
    model: the file that it is made of, where an operator laid it.
    """

    name: str
    language: str
    label: str
    engine: str
    engine_voice: str
    rate_hz: int
    gain_db: float | None
    licence: str = ""
    remote: bool = False
    needs: str = ""
    regions: tuple[str, ...] = ()
    model: Path | None = None

    @property
    def base_language(self) -> str:
        """The language without its region: `vi` of `vi-vn-x-south`."""
        return self.language.split("-")[0]

    def reads(self, language: str) -> bool:
        """Whether it reads a base language, such as `vi`."""
        return self.base_language in (language, MULTILINGUAL)

    def speaks(self, tag: str) -> bool:
        """Whether a tag in the form of `catalog.canonical` means it: `en` every region, `en-gb` that one alone."""
        tags = (self.language, *self.regions)
        return self.base_language == MULTILINGUAL or any(own == tag or own.startswith(f"{tag}-") for own in tags)

    @property
    def ready(self) -> bool:
        """Whether it can speak on this machine."""
        return not self.needs
