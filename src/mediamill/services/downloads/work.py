"""The work of `downloads`, apart from its declaration, so that importing that one stays cheap."""

from mediamill import Context, InvalidInput, PermanentError, Result
from mediamill.services.downloads.batch import download_all
from mediamill.services.downloads.one import download
from mediamill.services.downloads.params import Params


def make(params: Params, ctx: Context) -> Result:
    """Download the address, or each of several as a job.

    What is refused now was not at the door: an adapter was switched off since, or has no such format any more. It stays
    refused, so that it is not tried again.
    """
    try:
        return download(params, params.url, ctx) if params.url is not None else download_all(params, ctx)
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused
