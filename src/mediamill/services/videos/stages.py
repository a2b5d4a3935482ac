"""How far a video is: each part of the work has its share of the progress."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from mediamill import Context
from mediamill.services.videos.params import Params, Until

#: Told how far a stage is, 0..1 of itself, and what it does now.
Tell = Callable[[float, str], None]


class Stage(Enum):
    """A part of the work. Its value: what is shown."""

    SCRIPT = "script"
    VOICE = "voice"
    PICTURES = "pictures"
    COMPOSING = "composing"


#: About how long they take beside each other, for a page of text at 720p.
_SHARES: Final = {Stage.SCRIPT: 5.0, Stage.VOICE: 40.0, Stage.PICTURES: 10.0, Stage.COMPOSING: 45.0}
#: Nothing but the script is asked for.
_SCRIPT_ALONE: Final = {Stage.SCRIPT: 1.0}


class Stages:
    """The stages of one job, in their order, and who tells how far each is."""

    def __init__(self, ctx: Context, shares: Mapping[Stage, float]) -> None:
        self._ctx = ctx
        self._shares = shares

    @classmethod
    def of(cls, params: Params, ctx: Context) -> "Stages":
        """Return the stages that a request goes through."""
        return cls(ctx, _SCRIPT_ALONE if params.stage is Until.SCRIPT else _SHARES)

    def teller(self, stage: Stage) -> Tell:
        """Return what tells the job how far this stage is."""
        stages = list(self._shares)
        total = sum(self._shares.values())
        begin = sum(self._shares[before] for before in stages[: stages.index(stage)]) / total
        share = self._shares[stage] / total

        def tell(fraction: float, note: str) -> None:
            self._ctx.progress(begin + share * fraction, f"{stage.value}: {note}")

        return tell
