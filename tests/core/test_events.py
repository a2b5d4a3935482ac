from typing import Any

import pytest
from pydantic import ValidationError

from mediamill.core.events import Event, EventName, LogLine


def test_a_log_line_has_a_level_even_where_none_was_said() -> None:
    line = LogLine.model_validate(
        {"id": "1-0", "at_ms": 1, "attempt": 2, "event": "voice.loaded", "fields": {"s": 1.2}}
    )
    assert (line.level, line.fields) == ("info", {"s": 1.2})


@pytest.mark.parametrize("missing", ["at_ms", "attempt", "event", "fields"])
def test_a_log_line_that_lacks_something_is_refused(missing: str) -> None:
    line: dict[str, Any] = {"id": "1-0", "at_ms": 1, "attempt": 2, "event": "x", "fields": {}}
    del line[missing]
    with pytest.raises(ValidationError):
        LogLine.model_validate(line)


def test_an_event_has_one_of_the_names() -> None:
    assert Event(id="1-0", name=EventName("progress"), data={}).name == "progress"
    with pytest.raises(ValidationError):
        Event.model_validate({"id": "1-0", "name": "news", "data": {}})
