"""How far a video is: each part of the work has its share of the progress."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from mediamill import Context
from mediamill.media.film.look import Look
from mediamill.services.videos.params import Params, Until

#: Told how far a stage is, 0..1 of itself, and what it does now; "": nothing more than the stage says.
Tell = Callable[[float, str], None]


class Stage(Enum):
    """A part of the work. Its value: what is shown."""

    SCRIPT = "script"
    VOICE = "voice"
    PICTURES = "pictures"
    SOUND = "composing: sound"
    SHOTS = "composing"
    CUT = "composing: cut"


#: How long they take beside each other, measured: a page of text in English, at 720p.
_SHARES: Final = {
    Stage.SCRIPT: 5.0,
    Stage.VOICE: 40.0,
    Stage.PICTURES: 11.0,
    Stage.SOUND: 7.0,
    Stage.SHOTS: 30.0,
    Stage.CUT: 7.0,
}
#: How much longer a shot takes whose frames are all encoded, and one whose frames are all drawn.
_EACH_ENCODED: Final = 4.0
_EACH_DRAWN: Final = 14.0
_PIXELS: Final = 1280 * 720


class Stages:
    """The stages of one job, in their order, and who tells how far each is."""

    def __init__(self, ctx: Context, shares: Mapping[Stage, float]) -> None:
        self._ctx = ctx
        self._shares = shares

    @classmethod
    def of(cls, params: Params, ctx: Context) -> "Stages":
        """Return the stages that a request goes through."""
        if params.stage is Until.SCRIPT:
            return cls(ctx, {Stage.SCRIPT: 1.0})
        return cls(ctx, {**_SHARES, Stage.SHOTS: _SHARES[Stage.SHOTS] * _slowness(params.look)})

    def teller(self, stage: Stage) -> Tell:
        """Return what tells the job how far this stage is."""
        stages = list(self._shares)
        total = sum(self._shares.values())
        begin = sum(self._shares[before] for before in stages[: stages.index(stage)]) / total
        share = self._shares[stage] / total

        def tell(fraction: float, note: str) -> None:
            done = round(begin + share * fraction, 6)  # so that the next stage does not begin a hair before
            self._ctx.progress(done, f"{stage.value}: {note}" if note else stage.value)

        return tell


def _slowness(look: Look) -> float:
    """Return how much longer the shots of this look take than plain ones at 720p."""
    each_frame = _EACH_DRAWN if look.zoom else _EACH_ENCODED if look.constant_rate else 1.0
    return each_frame * look.frame.width * look.frame.height / _PIXELS
