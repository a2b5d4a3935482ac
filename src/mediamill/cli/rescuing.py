"""The process in which the keeper hands in what jobs ended without; see engine/hands.py, which starts it."""

import os
from collections.abc import Mapping
from typing import Any

from mediamill import logs, settings
from mediamill.core.errors import NotFound, PermanentError, RetryableError, Unavailable
from mediamill.media.answering import Answer, OnProgress, answer
from mediamill.media.strays import MARK
from mediamill.wiring import make_hand_in


def answering() -> Answer:
    """Return what hands in one file of those that were taken on this machine."""
    # The mark by which a program is found is no setting of ours.
    here = settings.prepare(settings.load({name: value for name, value in os.environ.items() if name != MARK}))
    logs.configure(here.log_level)
    lasting, hand_in = make_hand_in(here)

    def answered(request: Mapping[str, Any], _progress: OnProgress) -> Mapping[str, object]:
        folder, name = str(request["folder"]), str(request["name"])
        taken = next((each for each in lasting.taken() if each.name == folder), None)
        if taken is None or name not in taken.names():
            raise PermanentError("there is no such file any more", code="NOT_FOUND")
        try:
            return {"job": hand_in(taken, name)}
        except NotFound as off:
            raise PermanentError(off.message, code=off.code) from off
        except Unavailable as away:
            raise RetryableError(away.message, code=away.code) from away

    return answered


if __name__ == "__main__":
    answer(answering())
