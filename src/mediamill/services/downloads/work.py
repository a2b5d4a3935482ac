"""The work of `downloads`, apart from its declaration, so that importing that one stays cheap."""

from mediamill import Context, Result
from mediamill.services.downloads.batch import download_all
from mediamill.services.downloads.one import download
from mediamill.services.downloads.params import Params


def make(params: Params, ctx: Context) -> Result:
    """Download the address, or each of several as a job."""
    return download(params, params.url, ctx) if params.url is not None else download_all(params, ctx)
