"""A language model that names animals, and who asks it."""

from collections.abc import Iterator

import pytest
from tests.engine.mill import Clock
from tests.media.llm.animals import GOOD, KEY, QUICK
from tests.media.llm.talkers import Talker, talker

from mediamill.media.llm.chat import Chat
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings


@pytest.fixture
def host() -> Iterator[Talker]:
    with talker(GOOD) as host:
        yield host


@pytest.fixture
def settings(host: Talker) -> ModelSettings:
    return ModelSettings(host.url, "zoo-1", KEY, answer_s=5)


@pytest.fixture
def chat(settings: ModelSettings, line: Wire, clock: Clock) -> Chat:
    return Chat(settings, line=line, patience=QUICK, now=clock)
