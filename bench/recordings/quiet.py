"""Sites whose channels are all off the air, in a process of their own, for watchers to look at.

`python -m bench.recordings.quiet SITES CHANNELS` serves so many sites, each with channels `c0`, `c1`, …, and writes
a line of JSON: their `urls`, and the numbers of their `rooms`, which are the same at each. It ends with its input.
"""

import json
import sys
from contextlib import ExitStack

from tests.live.site import live_site


def main(sites: int, channels: int) -> None:
    """Serve until the input ends."""
    with ExitStack() as stack:
        served = [stack.enter_context(live_site()) for _ in range(sites)]
        for site in served:
            for number in range(channels):
                site.channel(f"c{number}")
        rooms = [channel.room_id for channel in served[0].channels.values()]
        sys.stdout.write(json.dumps({"urls": [site.url for site in served], "rooms": rooms}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
