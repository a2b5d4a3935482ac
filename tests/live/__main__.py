"""The live site as a program, for measurements: what it costs is its own.

`python -m tests.live --channels 200 --bits 3000000` serves channels `c0`, `c1`, …, all on the air, and writes its
address. Then it takes a line for a command, and answers each with a line of JSON: `on NAME`, `off NAME`, `report`.
It ends with its input.
"""

import argparse
import json
import sys
import time

from tests.live.film import Picture
from tests.live.site import LiveSite, live_site


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.live", description="A live site on loopback.")
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--bits", type=int, default=0, help="bits a second of each stream; as few as it needs when 0")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of stream that pass in a second")
    parser.add_argument("--segment", type=int, default=10, help="length of a segment, in groups of 0.2 s of stream")
    asked = parser.parse_args()
    picture = Picture(bits_s=asked.bits)
    with live_site(speed=asked.speed) as site:
        for number in range(asked.channels):
            channel = site.channel(f"c{number}")
            channel.segment_groups = asked.segment
            channel.on(picture=picture)
        _say(site.url)
        for line in sys.stdin:
            _say(json.dumps(_obeyed(site, picture, line.split())))


def _obeyed(site: LiveSite, picture: Picture, words: list[str]) -> dict[str, object]:
    match words:
        case ["on", name]:
            site.channel(name).on(picture=picture)
        case ["off", name]:
            site.channel(name).off()
        case ["report"]:
            pass
        case _:
            return {"error": "commands are: on NAME, off NAME, report"}
    channels = site.channels.values()
    return {
        "on_air": sum(channel.live is not None for channel in channels),
        "viewers": sum(channel.viewers for channel in channels),
        "sent_bytes": sum(channel.sent_bytes.total() for channel in channels),
        "cpu_s": round(time.process_time(), 3),
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
