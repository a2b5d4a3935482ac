"""A press that has no time for anybody."""

from collections.abc import Mapping
from typing import Any

from mediamill.core.errors import RetryableError
from mediamill.media.answering import OnProgress, answer


def handle(_request: Mapping[str, Any], _progress: OnProgress) -> Mapping[str, object]:
    raise RetryableError("asleep", code="PROGRAM_TIMEOUT")


if __name__ == "__main__":
    answer(handle)
