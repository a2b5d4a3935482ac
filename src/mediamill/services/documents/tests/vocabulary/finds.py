"""What the tests of the vocabulary look for words in."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mediamill.media.documents import Passage, passages, survey_text
from mediamill.services.documents.languages import language_of
from mediamill.services.documents.term import Kind, Vocabulary
from mediamill.services.documents.vocabulary import Wanted, find
from mediamill.testing import FakeContext

ENGLISH = language_of("These are some words of English, to tell what language the tests are in.")
DOCUMENTS = Path(__file__).parents[6] / "tests" / "quality" / "documents"


def found_in(
    text: str | Sequence[Passage],
    folder: Path,
    *,
    phrases: int = 40,
    words: int = 10,
    levels: Iterable[str] | None = None,
    ctx: FakeContext | None = None,
) -> Vocabulary:
    """Return the vocabulary of a text of Markdown, or of passages."""
    ctx = ctx or FakeContext(folder)
    read = list(passages(survey_text(text, ctx))) if isinstance(text, str) else text
    wanted = Wanted(phrases, words, frozenset(levels) if levels is not None else None)
    return find(lambda: read, ENGLISH, wanted, ctx, lambda _: None)


def texts_of(vocabulary: Vocabulary, kind: Kind) -> list[str]:
    """Return the terms of a kind, best first."""
    return [entry.term.text for entry in vocabulary.entries if entry.term.kind is kind]
