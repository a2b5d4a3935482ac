"""What a term means."""

from dataclasses import dataclass

from mediamill.services.documents.card import By


@dataclass(frozen=True)
class Meaning:
    """A meaning, and who tells it. text: "" where `by` is CLOZE: nobody does. synonyms: words of the same meaning."""

    text: str = ""
    by: By = By.CLOZE
    translation: str = ""
    synonyms: tuple[str, ...] = ()
