"""HLS as some servers have it: parts of files, packed audio, low latency."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from aiohttp import web
from tests.live.film import WIDE, film
from tests.media.egress.kit import gate
from tests.media.loopback import served

from mediamill import MediamillError
from mediamill.media.live.bodies import Plain, Untagged
from mediamill.media.live.copier import Wishes, record
from mediamill.media.live.feed import Feed, Shape
from mediamill.media.live.loop import loop
from mediamill.media.live.parts import Part, Parts
from mediamill.media.live.playlist import Playlist, parse

Send = Callable[[web.Request, bytes], web.Response]

TAG = b"ID3\x04\x00\x00\x00\x00\x01\x02" + b"t" * 130
RANGES = """#EXTM3U
#EXT-X-TARGETDURATION:2
#EXTINF:2,
#EXT-X-BYTERANGE:1000@100
film.ts
#EXTINF:2,
#EXT-X-BYTERANGE:2000
film.ts
#EXT-X-ENDLIST
"""


@pytest.fixture(scope="module", autouse=True)
def _one_loop() -> Iterator[None]:
    yield
    loop().close()


@contextmanager
def server(playlist: str, files: dict[str, bytes], send: Send) -> Iterator[str]:
    """Serve a playlist and its files; yield the playlist's address."""

    async def file(request: web.Request) -> web.Response:
        return send(request, files[request.match_info["name"]])

    async def listed(_: web.Request) -> web.Response:
        return web.Response(text=playlist, content_type="application/vnd.apple.mpegurl")

    app = web.Application()
    app.router.add_get("/live.m3u8", listed)
    app.router.add_get("/{name}", file)
    with served(app) as place:
        yield f"http://{place}/live.m3u8"


def recorded(url: str, folder: Path) -> list[Part]:
    parts: list[Part] = []
    with gate("127.0.0.1") as opened:
        feed = Feed(url, Shape.HLS)
        record(feed, Parts(folder, parts.append), Wishes(outage_s=0.5), opened, lambda: False)
    return parts


def whole(_: web.Request, content: bytes) -> web.Response:
    return web.Response(body=content)


def part(request: web.Request, content: bytes) -> web.Response:
    begin, end = request.http_range.start, request.http_range.stop
    return web.Response(
        status=206, body=content[begin:end], headers={"Content-Range": f"bytes {begin}-{end - 1}/{len(content)}"}
    )


def another_part(request: web.Request, content: bytes) -> web.Response:
    answer = part(request, content)
    answer.headers["Content-Range"] = f"bytes 0-999/{len(content)}"
    return answer


CONTENT = b"G" + bytes(99) + bytes(n % 251 for n in range(3_000))


@pytest.mark.parametrize("send", [part, whole])
def test_parts_of_a_file_are_taken_also_of_a_server_that_sends_it_whole(tmp_path: Path, send: Send) -> None:
    with server(RANGES, {"film.ts": CONTENT}, send) as url:
        (made,) = recorded(url, tmp_path)
    assert made.path.read_bytes() == CONTENT[100:3_100]


def test_a_part_that_is_not_all_there_yet_is_asked_for_again(tmp_path: Path) -> None:
    asked = []

    def grows(request: web.Request, content: bytes) -> web.Response:
        asked.append(request)
        return part(request, content[:2_000] if len(asked) == 2 else content)

    with server(RANGES, {"film.ts": CONTENT}, grows) as url:
        (made,) = recorded(url, tmp_path)
    assert made.path.read_bytes() == CONTENT[100:3_100]
    assert len(asked) == 3


def test_another_part_than_was_asked_for_is_not_taken(tmp_path: Path) -> None:
    with (
        server(RANGES, {"film.ts": CONTENT}, another_part) as url,
        pytest.raises(MediamillError, match="another part"),
    ):
        recorded(url, tmp_path)


def test_packed_audio_is_written_without_the_tags_between(tmp_path: Path) -> None:
    sound = io.BytesIO()
    with av.open(sound, "w", format="adts") as to:
        stream = to.add_stream_from_template(film(WIDE).audio)
        for encoded in film(WIDE).gop(0) + film(WIDE).gop(1) + film(WIDE).gop(2):
            if encoded.track == "audio":
                packet = av.Packet(encoded.content)
                packet.stream, packet.pts, packet.dts, packet.time_base = (
                    stream,
                    encoded.time,
                    encoded.time,
                    encoded.base,
                )
                to.mux(packet)
    frames = sound.getvalue()
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n0.aac\n#EXTINF:1,\n1.aac\n#EXT-X-ENDLIST\n"
    with server(playlist, {"0.aac": TAG + frames, "1.aac": TAG + frames}, whole) as url:
        (made,) = recorded(url, tmp_path)
    assert made.name == "part-00001.aac"
    assert made.path.read_bytes() == frames * 2


@pytest.mark.parametrize("size", [1, 3, 9, 11, 139, 1_000])
@pytest.mark.parametrize("begin", [b"", TAG, b"ID", b"ID3", b"G"])
def test_a_tag_is_dropped_wherever_it_is_cut(begin: bytes, size: int) -> None:
    content = begin + b"\xff\xf1sound"
    body = Untagged(Plain())
    found = b"".join(body.update(content[at : at + size]) for at in range(0, len(content), size)) + body.end()
    if begin != b"ID3":
        assert found == (content if begin != TAG else b"\xff\xf1sound")


def test_of_low_latency_the_whole_segments_are_taken() -> None:
    text = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-VERSION:9
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=24.0
#EXT-X-PART-INF:PART-TARGET=0.33334
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.00008,
fileSequence266.mp4
#EXT-X-PART:DURATION=0.33334,URI="filePart267.0.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.33334,URI="filePart267.1.mp4"
#EXTINF:4.00008,
fileSequence267.mp4
#EXT-X-PART:DURATION=0.33334,URI="filePart268.0.mp4",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="filePart268.1.mp4"
#EXT-X-RENDITION-REPORT:URI="../1M/LL-HLS.m3u8",LAST-MSN=267,LAST-PART=1
"""
    found = parse(text, "https://example.org/2M/LL-HLS.m3u8")
    assert isinstance(found, Playlist)
    assert [(each.number, each.url) for each in found.segments] == [
        (266, "https://example.org/2M/fileSequence266.mp4"),
        (267, "https://example.org/2M/fileSequence267.mp4"),
    ]
