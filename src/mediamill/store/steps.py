"""Who makes which cached step now, over all processes and machines."""

from mediamill.store.scripts import Scripts


class Steps:
    """A leased right per step: one process makes it, the others wait for the file.

    A holder is named by job id and token with a space between, so that the right ends with the attempt.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def own(self, step: str, me: str, *, lease_ms: int) -> bool:
        """Take or renew the right to make `step`."""
        return bool(self._run("own_step", step=step, me=me, lease_ms=lease_ms))

    def release(self, step: str, me: str) -> None:
        """Give the right back, if it is still ours."""
        self._run("release_step", step=step, me=me)
