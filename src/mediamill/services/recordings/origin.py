"""Where a recording, or a watcher, looks for its live, as its request has it."""

from mediamill.media import cookies, egress
from mediamill.media.live.feed import Source
from mediamill.media.live.resolve import source_of
from mediamill.services.recordings.params import Options


def origin(room_id: str | None, url: str | None, options: Options) -> Source:
    """Return what a request names, with its secrets in the open. Asks nobody.

    Raises InvalidInput, and PermanentError of cookies that are kept no more: for what was not refused at the door, and
    would be now.
    """
    return source_of(
        room_id=room_id,
        url=url,
        quality=options.quality or "best",
        cookies=cookies.opened(options.cookies.get_secret_value()) if options.cookies else None,
        proxy=egress.check_proxy(options.proxy.get_secret_value()) if options.proxy else "",
    )
