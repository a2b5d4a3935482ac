import pytest

from mediamill import InvalidInput
from mediamill.media.voices.catalog import LANGUAGES, VOICES, voice_for, voice_named


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "heart"),
        ("en-GB", "espeak-en-gb"),
        ("en-AU", "heart"),
        ("vi", "espeak-vi"),
        ("vi-VN", "espeak-vi"),
        ("vi-vn-x-south", "espeak-vi-vn-x-south"),
        ("pt_BR", "espeak-pt-br"),
        ("nb", "espeak-no"),
        ("cmn", "espeak-zh"),
    ],
)
def test_a_language_finds_its_voice(language: str, voice: str) -> None:
    assert voice_for(language).name == voice


def test_every_language_has_a_voice_that_reads_it() -> None:
    assert all(voice_for(language).base_language == language for language in LANGUAGES)


def test_an_unread_language_is_told_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"'tlh'; there are voices for .*\ben\b.*\bvi\b") as unread:
        voice_for("tlh")
    assert unread.value.field == "language"


def test_an_unknown_voice_is_told_with_some_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"no voice 'alloy'; there are heart, .*more") as unknown:
        voice_named("alloy")
    assert unknown.value.field == "voice"


def test_a_voice_is_found_in_any_case() -> None:
    assert voice_named("Heart") is VOICES["heart"]
