"""How far a video is: each part of the work has its share of the progress."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mediamill import Context, Stages
from mediamill.media.film.look import Look
from mediamill.services.videos.params import Params, Until


class Stage(StrEnum):
    """A part of the work. Its value: what is shown."""

    SCRIPT = "script"
    VOICE = "voice"
    PICTURES = "pictures"
    SOUND = "composing: sound"
    SHOTS = "composing"
    CUT = "composing: cut"


#: How long they take beside each other, measured: a page of text in English, at 720p.
_SHARES: Final[Mapping[str, float]] = {
    Stage.SCRIPT: 5.0,
    Stage.VOICE: 40.0,
    Stage.PICTURES: 11.0,
    Stage.SOUND: 7.0,
    Stage.SHOTS: 30.0,
    Stage.CUT: 7.0,
}
#: How much longer a shot takes whose frames are all encoded, and one whose frames are all drawn.
_EACH_ENCODED: Final = 4.5
_EACH_DRAWN: Final = 11.0
_PIXELS: Final = 1280 * 720


def stages_of(params: Params, ctx: Context) -> Stages:
    """Return the stages that a request goes through."""
    if params.stage is Until.SCRIPT:
        return Stages(ctx, {Stage.SCRIPT: 1.0})
    return Stages(ctx, {**_SHARES, Stage.SHOTS: _SHARES[Stage.SHOTS] * _slowness(params.look)})


def _slowness(look: Look) -> float:
    """Return how much longer the shots of this look take than plain ones at 720p."""
    each_frame = _EACH_DRAWN if look.zoom else _EACH_ENCODED if look.constant_rate else 1.0
    return each_frame * look.frame.width * look.frame.height / _PIXELS
