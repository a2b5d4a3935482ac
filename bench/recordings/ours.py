"""Our recordings, all in one process, until SIGTERM: `python -m bench.recordings.ours FOLDER SHAPE URL...`."""

import signal
import sys
import threading
from ipaddress import ip_network
from pathlib import Path

from mediamill.core.context import Network
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Rules
from mediamill.media.live.copier import Wishes, record
from mediamill.media.live.feed import Feed, Shape
from mediamill.media.live.parts import Parts
from mediamill.settings import Allowed


def main(folder: Path, shape: Shape, urls: list[str]) -> None:
    """Record each address into a folder of its own."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    guard = Guard(Rules((Allowed(ip_network("127.0.0.1")),)))

    def one(number: int, url: str) -> None:
        to = folder / str(number)
        with guard.open(Network()) as gate:
            record(Feed(url, shape), Parts(to, lambda _: None), Wishes(back_s=0.1), gate, stop.is_set)

    threads = [threading.Thread(target=one, args=each) for each in enumerate(urls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Shape(sys.argv[2]), sys.argv[3:])
