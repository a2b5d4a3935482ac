"""Speakers of this machine for voices that are elsewhere, and processes' catalogues as they were."""

from collections.abc import Iterator

import pytest
from tests.media.voices import speakers
from tests.media.voices.speakers import Speaker


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    """A server with OpenAI's speech API."""
    with speakers.provider() as speaker:
        yield speaker


@pytest.fixture
def edge_speaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    """A server that speaks as Edge's read-aloud service does; edge-tts goes there."""
    with speakers.edge() as speaker:
        monkeypatch.setattr("edge_tts.communicate.WSS_URL", speaker.url)
        yield speaker
