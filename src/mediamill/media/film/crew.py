"""The process that makes films, asked by studio.py: codecs hold memory, and are killed with their job.

A request is {"do": "shoot" | "mix" | "cut", "order": PATH}: the file has an `Order` of the room that does it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamill.media.answering import OnProgress, answer
from mediamill.media.film import orders


def answered(request: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, object]:
    """Do what the order says. Each room is loaded when it is needed: shots that are cached need no camera."""
    match request:
        case {"do": "shoot", "order": str(path)}:
            from mediamill.media.film import camera, shot  # noqa: PLC0415 - see above

            return camera.shoot(orders.read(shot.Order, Path(path)), on_progress)
        case {"do": "mix", "order": str(path)}:
            from mediamill.media.film import encoder, soundtrack  # noqa: PLC0415 - see above

            return encoder.record(orders.read(soundtrack.Recording, Path(path)), on_progress)
        case {"do": "cut", "order": str(path)}:
            from mediamill.media.film import cut, editor  # noqa: PLC0415 - see above

            return editor.cut(orders.read(cut.Order, Path(path)), on_progress)
    raise ValueError(f"the crew was asked for {sorted(request)}")


if __name__ == "__main__":
    answer(answered)
