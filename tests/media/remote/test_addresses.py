"""Where things are on a server, of the URL that an operator set."""

import pytest

from mediamill.media.remote.addresses import endpoint, models


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://h", "https://h/v1/audio/speech"),
        ("https://h/v1", "https://h/v1/audio/speech"),
        ("https://h/v1/", "https://h/v1/audio/speech"),
        ("https://h/api/v1beta", "https://h/api/v1beta/audio/speech"),
        ("https://h/v1beta/openai", "https://h/v1beta/openai/audio/speech"),
        ("https://h/tts", "https://h/tts/v1/audio/speech"),
        ("https://v1.h/valve/v", "https://v1.h/valve/v/v1/audio/speech"),
        ("https://h/x/audio/speech?api-version=2", "https://h/x/audio/speech?api-version=2"),
        ("https://h/v1?api-version=2", "https://h/v1/audio/speech?api-version=2"),
    ],
)
def test_a_base_url_may_have_its_version_or_not(url: str, asked: str) -> None:
    assert endpoint(url, "/audio/speech") == asked


@pytest.mark.parametrize(
    "url",
    ["http://h:8080", "http://h:8080/v1/", "http://h:8080/v1/audio/speech?x=1", "http://h:8080/v1/chat/completions"],
)
def test_the_models_are_beside_what_is_asked_for(url: str) -> None:
    assert models(url) == "http://h:8080/v1/models"
