"""Voices and languages as fields of a request, for every service that speaks."""

from typing import Annotated

from pydantic import AfterValidator, Field

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.catalog import voice_for, voice_named


def _known_voice(name: str) -> str:
    try:
        return voice_named(name).name
    except InvalidInput as unknown:
        raise ValueError(unknown.message) from unknown


def _read_language(language: str) -> str:
    try:
        voice_for(language)
    except InvalidInput as unread:
        raise ValueError(unread.message) from unread
    return language


#: The name of a voice that there is.
VoiceName = Annotated[str, Field(max_length=128), AfterValidator(_known_voice)]
#: A language that a voice reads, as in `en`, `vi` or `pt-BR`.
LanguageTag = Annotated[str, Field(max_length=35), AfterValidator(_read_language)]


def check_reads(voice: str, language: str) -> None:
    """Raise ValueError, for pydantic, where a voice does not read a language; name one that does."""
    speaker, wanted = voice_named(voice), voice_for(language)
    if not speaker.reads(wanted.base_language):
        raise ValueError(f"the voice {speaker.name} reads {speaker.base_language}, not {language}; {wanted.name} does")
