"""How far an attempt is: each stage of its work has a share of the progress."""

from collections.abc import Callable, Mapping

from mediamill.core.context import Context

#: Told how far a stage is, 0..1 of itself, and what it does now; "": nothing more than the stage says.
Tell = Callable[[float, str], None]


class Stages:
    """The stages of one attempt, in their order, and who tells how far each is.

    shares: by the name that is shown, how long each takes beside the others; the unit does not matter.
    """

    def __init__(self, ctx: Context, shares: Mapping[str, float]) -> None:
        self._ctx = ctx
        self._shares = {str(stage): share for stage, share in shares.items()}

    def teller(self, stage: str) -> Tell:
        """Return what tells the job how far this stage is. Raises ValueError for one that the attempt has not."""
        begin, share = self.span(stage)

        def tell(fraction: float, note: str) -> None:
            done = round(begin + share * fraction, 6)  # so that the next stage does not begin a hair before
            self._ctx.progress(done, f"{stage}: {note}" if note else str(stage))

        return tell

    def leave_out(self, stage: str) -> None:
        """Have nothing to do in a stage after all: those behind it take its share, so that the progress makes no jump.

        Raises ValueError for one that the attempt has not, or that is the last one.
        """
        stages = list(self._shares)
        behind = stages[stages.index(stage) + 1 :]
        if not behind:
            raise ValueError(f"no stage is behind {stage!r}")
        share = self._shares.pop(str(stage))
        rest = sum(self._shares[each] for each in behind)
        for each in behind:
            self._shares[each] *= 1 + share / rest

    def span(self, stage: str) -> tuple[float, float]:
        """Return where a stage begins, and its share, 0..1 of the whole."""
        total = sum(self._shares.values())
        stages = list(self._shares)
        begin = sum(self._shares[before] for before in stages[: stages.index(stage)])
        return begin / total, self._shares[stage] / total
