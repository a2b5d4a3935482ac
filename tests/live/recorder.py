"""Records one HLS stream of a site on loopback until it is killed: `python -m tests.live.recorder URL FOLDER`."""

import sys
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from mediamill.core.context import Network
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Rules
from mediamill.media.live.copier import Wishes, record
from mediamill.media.live.feed import Feed, Shape
from mediamill.media.live.parts import Parts
from mediamill.settings import Allowed


def main(url: str, folder: Path) -> None:
    rules = Rules((Allowed(ip_network("127.0.0.1"), urlsplit(url).port),))
    with Guard(rules).open(Network()) as gate:
        parts = Parts(folder, lambda _: None)
        record(Feed(url, Shape.HLS), parts, Wishes(back_s=60), gate, lambda: False)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
