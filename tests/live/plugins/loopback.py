"""The live site's plugin for streamlink: what stands for a site that only streamlink knows.

`http://127.0.0.1:PORT/live/NAME` has the streams `90p` and `72p` (HLS), `flv` and `raw` (plain TS).
"""

import json
import re
from collections.abc import Iterator

from streamlink.plugin import Plugin, pluginmatcher
from streamlink.stream.hls.hls import HLSStream
from streamlink.stream.http import HTTPStream
from streamlink.stream.stream import Stream

_OFF_AIR = 4


@pluginmatcher(re.compile(r"(?P<origin>https?://127\.0\.0\.1(?::\d+)?)/live/(?P<name>[\w-]+)$"))
class Loopback(Plugin):
    """Asks the room's answer, as the plugin for TikTok does, then the playlist of variants."""

    def _get_streams(self) -> Iterator[tuple[str, Stream]]:
        origin, self.author = self.match["origin"], self.match["name"]
        answer = self.session.http.get(
            f"{origin}/api-live/user/room", params={"uniqueId": self.author}, headers={"Referer": self.url}
        )
        room = answer.json()["data"]["liveRoom"]
        if room["status"] == _OFF_AIR or "streamData" not in room:
            return
        self.id, self.title = room["streamId"], room["title"]
        headers = {"Referer": self.url}
        main = json.loads(room["streamData"]["pull_data"]["stream_data"])["data"]["origin"]["main"]
        at = f"{origin}/live/{self.author}"
        yield "flv", HTTPStream(self.session, main["flv"], headers=headers)
        yield "raw", HTTPStream(self.session, f"{at}/stream.ts", headers=headers)
        yield from HLSStream.parse_variant_playlist(self.session, f"{at}/master.m3u8", headers=headers).items()


__plugin__ = Loopback
