"""Which language a document is written in."""

from mediamill import PermanentError
from mediamill.services.documents.languages.english import English
from mediamill.services.documents.languages.language import Language

_KNOWN = {"en": English()}


def language_of(sample: str) -> Language:
    """Return the language that most of a document is written in.

    sample: some of its text, from its beginning, middle and end; more than 20,000 characters tell no more.
    Raises PermanentError with code WRONG_LANGUAGE for one that is not known here.
    """
    import py3langid  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.1 s

    code, _ = py3langid.classify(sample[:20_000])
    found = _KNOWN.get(code)
    if found is None:
        raise PermanentError(f"the document is in the language {code}; known are: en", code="WRONG_LANGUAGE")
    return found
