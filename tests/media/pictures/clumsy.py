"""A press that never prints: it is asleep, or breaks, as the title of its sheet says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamill.core.errors import RetryableError
from mediamill.media.answering import OnProgress, answer
from mediamill.media.pictures.sheet import Sheet


def answered(request: Mapping[str, Any], _progress: OnProgress) -> Mapping[str, object]:
    if Sheet.read(Path(request["sheet"])).slide.title == "sleep":
        raise RetryableError("asleep", code="PROGRAM_TIMEOUT")
    raise KeyError("ink")


if __name__ == "__main__":
    answer(answered)
