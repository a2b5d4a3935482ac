# ruff: noqa: RUF001 - signs of the IPA are meant
"""What a request may ask for, and what it is told when it may not."""

import pytest
from pydantic import ValidationError

from mediamill.services.speech.params import Params


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"pitch": 13}, "less than or equal to 12"),
        ({"volume": -21}, "greater than or equal to -20"),
        ({"speed": 2.1}, "less than or equal to 2"),
        ({"speed": "fast"}, "valid number"),
        ({"format": "wma"}, "'wav', 'mp3'"),
        ({"sample_rate": 7}, "sample_rate"),
        ({"sample_rate": 44_100, "format": "opus"}, "48"),
        ({"sample_rate": 192_000}, "sample_rate"),
        ({"pauses": {"sentence_s": 11}}, "less than or equal to 10"),
        ({"pauses": {"word_s": 1}}, "Extra inputs"),
        ({"voice": []}, "at least 1"),
        ({"voice": ["heart"] * 21}, "at most 20"),
        ({"voice": ["heart", "HEART"]}, "two speakers are named 'heart'"),
        (
            {"voice": [{"name": "a", "voice": "heart"}, {"name": "A", "voice": "espeak-vi"}]},
            "two speakers are named 'a'",
        ),
        ({"voice": [{"name": "a[", "voice": "heart"}]}, "pattern"),
        ({"voice": [{"name": "a", "voice": "nobody"}]}, "there is no voice 'nobody'"),
        ({"voice": "espeak-vi", "language": "en"}, "espeak-vi reads vi, not en"),
        ({"pronunciations": {"": "x"}}, "pronunciation"),
        ({"pronunciations": {"SQL": "/s§k/"}}, "§"),
        ({"stream": True, "format": "m4b"}, "cannot be heard before it is whole"),
        ({"normalize": "yes"}, "valid boolean"),
        ({"text": " \n"}, "the text is blank"),
        ({"text": "a" * 1_000_001}, "at most 1000000"),
        ({"words": "x"}, "Extra inputs"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_and_said(wanted: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Params.model_validate({"text": "Hello.", **wanted})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "wanted",
    [
        {"pitch": -12, "volume": 20, "speed": 0.5},
        {"format": "opus", "sample_rate": 48_000},
        {"format": "m4b", "sample_rate": 44_100},
        {"voice": ["heart", {"name": "bob", "voice": "espeak-en-gb"}]},
        {"voice": "HEART"},
        {"pronunciations": {"nginx": "engine x", "SQL": "/ˈsiːkwəl/"}},
        {"pauses": {"paragraph_s": 0}},
    ],
    ids=str,
)
def test_what_can_be_done_is_taken(wanted: dict[str, object]) -> None:
    Params.model_validate({"text": "Hello.", **wanted})
