"""The work of `recordings`, apart from its declaration, so that importing that one stays cheap."""

from mediamill import Context, Result
from mediamill.services.recordings.params import Params


def make(params: Params, ctx: Context) -> Result:
    """Record until it is over."""
    ctx.check()
    raise NotImplementedError(params)
