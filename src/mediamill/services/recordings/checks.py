"""What is wrong with a whole request, before it is accepted."""

from mediamill import Files, Incomplete, InvalidInput
from mediamill.media import cookies, egress
from mediamill.services.recordings.params import Options, Params


def check(params: Params, files: Files) -> None:
    """Raise Incomplete for a request without a source, InvalidInput for one that leads where nobody may go.

    Nobody is asked for an address here: what a site says is told by the job.
    """
    del files  # there are none
    check_source(params.room_id, params.url, params.options)


def check_source(room_id: str | None, url: str | None, options: Options) -> None:
    """Check where a recording comes from, and how we go there. Raises as `check`."""
    if room_id is None and url is None:
        raise Incomplete("send `room_id`, a room of TikTok, or `url`, the address of what is live", field="url")
    if url is not None:
        egress.check_url(url)
    if options.cookies is not None:
        cookies.check(options.cookies.get_secret_value(), field="options.cookies")
    if options.proxy is not None:
        _check_proxy(options.proxy.get_secret_value(), options)


def _check_proxy(proxy: str, options: Options) -> None:
    try:
        egress.check_proxy(proxy)
    except InvalidInput as refused:
        raise InvalidInput(refused.message, field="options.proxy") from None
    if options.cookies is not None and cookies.is_name(options.cookies.get_secret_value()):
        # Whoever runs the proxy reads what goes over plain http.
        raise InvalidInput("cookies that the operator keeps go through no proxy of yours", field="options.proxy")
