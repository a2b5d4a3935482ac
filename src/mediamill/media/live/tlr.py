"""tiktok-live-recorder as a recorder, for operators who keep it: it is theirs to bring (TLR_ROOT)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.media.live.copier import Ended, Wishes
from mediamill.media.live.feed import Source
from mediamill.media.live.parts import Parts

#: The version whose words we know.
COMMIT: Final = "5eea05a7a50e3d7a28fb0e6ca1985d2bbb9e9372"


def use(root: Path | None) -> None:
    """Say where this process finds the program; None: nowhere. As `cookies.use`."""
    raise NotImplementedError(root)


def is_here() -> bool:
    """Whether the program was brought."""
    raise NotImplementedError


def record(source: Source, to: Parts, wishes: Wishes, ctx: Context, check: Callable[[], bool]) -> Ended:
    """Record a room of TikTok into parts until it is over: one run of the program in its manual mode.

    source.url: `https://www.tiktok.com/@name/live`, or `https://www.tiktok.com/...room_id=NUMBER`. Otherwise as
    `ffmpeg.record`; the program looks after reconnects by itself, so there is none to count.

    Raises PermanentError with code RECORDER_MISSING where the program is not here, and what its words mean.
    """
    raise NotImplementedError(source, to, wishes, ctx, check)
