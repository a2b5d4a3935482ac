"""Meanings in another language, by the operator's dictionary where the language model told none."""

from collections.abc import Sequence
from dataclasses import replace

from mediamill import InvalidInput
from mediamill.media import remote
from mediamill.media.lexicon.dictionary import dictionary, looked_up
from mediamill.services.documents.meanings.meaning import Meaning
from mediamill.services.documents.params import Translation
from mediamill.services.documents.term import Term


def check_translate(translate: Translation) -> None:
    """Raise InvalidInput where nobody here could translate."""
    if remote.language_model() is None and dictionary(translate.value) is None:
        raise InvalidInput(
            f"this server cannot translate: whoever runs it has set up neither a language model (LLM_BASE_URL) nor a "
            f"dictionary (MEDIAMILL_DICTIONARY_{translate.value.upper()}); leave `translate` out",
            field="translate",
        )


def translated(terms: Sequence[Term], meanings: Sequence[Meaning], translate: Translation) -> list[Meaning]:
    """Return the meanings with what the dictionary says of terms that have no translation yet.

    Raises PermanentError with code DICTIONARY_UNREADABLE.
    """
    path = dictionary(translate.value)
    lacking = [term.text for term, meaning in zip(terms, meanings, strict=True) if not meaning.translation]
    if path is None or not lacking:
        return list(meanings)
    known = looked_up(path, lacking)
    return [
        meaning if meaning.translation else replace(meaning, translation=known.get(term.text, ""))
        for term, meaning in zip(terms, meanings, strict=True)
    ]
