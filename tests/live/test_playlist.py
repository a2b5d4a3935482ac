"""What playlists say is read as RFC 8216 means it, and what they cannot say is refused."""

import time
from dataclasses import replace

import pytest

from mediamill import MediamillError
from mediamill.media.live.follower import Follower
from mediamill.media.live.playlist import MOST_BYTES, Init, Key, Master, Playlist, Segment, Span, Variant, choose, parse

URL = "https://cdn.example.org/live/index.m3u8?sign=abc"

MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="apart",NAME="vi",URI="vi.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="within",NAME="vi"
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="within"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9000000,RESOLUTION=3840x2160,AUDIO="apart"
huge.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,NAME="HD"

/other/mid.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="frames.m3u8"
"""

WINDOW = """\ufeff#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-MAP:URI="init.mp4",BYTERANGE="100@20"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z
#EXTINF:1.98,a title, with commas
41.m4s
#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example.org/1",IV=0xABC
#EXTINF:2
https://other.example.org/42.m4s
#EXT-X-DISCONTINUITY
#EXT-X-KEY:METHOD=NONE
#EXTINF:2,
#EXT-X-BYTERANGE:10@5
43.m4s
#EXTINF:2,
#EXT-X-BYTERANGE:7
#EXT-X-GAP
43.m4s
#EXT-X-ENDLIST
"""


def test_a_master_names_its_variants() -> None:
    assert parse(MASTER, URL) == Master(
        (
            Variant("https://cdn.example.org/live/low.m3u8", 800_000, 360),
            Variant("https://cdn.example.org/live/huge.m3u8", 9_000_000, 2160, apart=True),
            Variant("https://cdn.example.org/other/mid.m3u8", 2_000_000, 720, "HD"),
        )
    )


@pytest.mark.parametrize(
    ("quality", "height"),
    [
        ("best", 720),
        ("worst", 360),
        ("HD", 720),
        ("720p", 720),
        ("1080p60", 720),
        ("480p", 360),
        ("240p", 360),
        ("?", 720),
    ],
)
def test_a_quality_is_chosen_of_what_has_its_sound_with_it(quality: str, height: int) -> None:
    master = parse(MASTER, URL)
    assert isinstance(master, Master)
    assert choose(master, quality).height == height


def test_a_stream_whose_sound_is_apart_is_not_copied_silently() -> None:
    with pytest.raises(MediamillError, match="sound") as caught:
        choose(Master((Variant("https://a.example.org/", 1, apart=True),)), "best")
    assert caught.value.code == "UNSUPPORTED_URL"


def test_a_window_is_read_whole() -> None:
    init = Init("https://cdn.example.org/live/init.mp4", Span(20, 100), None)
    key = Key("https://keys.example.org/1", bytes.fromhex("abc".rjust(32, "0")))
    last = "https://cdn.example.org/live/43.m4s"
    at_s = 1_767_225_600.0
    assert parse(WINDOW, URL) == Playlist(
        2.0,
        (
            Segment(41, "https://cdn.example.org/live/41.m4s", 1.98, init=init, at_s=at_s),
            Segment(42, "https://other.example.org/42.m4s", 2.0, key=key, init=init, at_s=at_s + 1.98),
            Segment(43, last, 2.0, apart=True, init=init, span=Span(5, 10), at_s=at_s + 3.98),
            Segment(44, last, 2.0, init=init, span=Span(15, 7), gap=True, at_s=at_s + 5.98),
        ),
        ended=True,
    )


def test_what_is_secret_is_not_shown() -> None:
    shown = repr(parse(WINDOW, URL))
    assert "keys.example.org" not in shown
    assert "0abc" not in shown
    assert "41.m4s" not in shown


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "httpstream://file:///etc/hostname",
        "ftp://example.org/1.ts",
        "data:text/plain,1",
        "http://user:word@example.org/1.ts",
        "http:///1.ts",
        "http://[::1/1.ts",
        "http://example.org/" + "a" * 9_000,
    ],
)
@pytest.mark.parametrize(
    "line", ["#EXTINF:1,\n{}", '#EXT-X-MAP:URI="{}"', '#EXT-X-KEY:METHOD=AES-128,URI="{}"', "#EXT-X-STREAM-INF:A=1\n{}"]
)
def test_a_playlist_leads_nowhere_but_to_http(line: str, address: str) -> None:
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n{line.format(address)}\n"
    with pytest.raises(MediamillError) as caught:
        parse(text, URL)
    assert caught.value.code == "UPSTREAM"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html></html>",
        "#EXTM3U\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:x\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:nan\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:-1,\n1.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" + "9" * 5_000,
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n",
        "#EXTM3U\n" + "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" * 101,
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + "#EXTINF:1,\n1.ts\n" * 5_001,
    ],
    ids=range(10),
)
def test_what_is_no_playlist_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(MediamillError) as caught:
        parse(text, URL)
    assert caught.value.code == "UPSTREAM"


@pytest.mark.parametrize(
    "method", ["METHOD=SAMPLE-AES", 'METHOD=AES-128,KEYFORMAT="com.apple.streamingkeydelivery"', ""]
)
def test_other_encryption_is_not_touched(method: str) -> None:
    with pytest.raises(MediamillError) as caught:
        parse(f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:{method},URI="https://a.example.org/"\n', URL)
    assert caught.value.code == "UNSUPPORTED_URL"


# ---- following


def window(first: int, last: int, *, name: str = "a", ended: bool = False) -> Playlist:
    segments = tuple(Segment(each, f"https://a.example.org/{name}/{each}.ts", 2.0) for each in range(first, last + 1))
    return Playlist(2.0, segments, ended)


def taken(follower: Follower, playlist: Playlist) -> list[int]:
    fresh = follower.fresh(playlist)
    for segment in fresh:
        follower.took(segment)
    return [segment.number for segment in fresh]


@pytest.mark.parametrize("hostile", ["A=", "A", 'A="', 'A=",', 'A="x"y,', ", ", "=", "A=x,", "- "])
def test_a_line_that_is_made_to_be_read_for_long_is_not(hostile: str) -> None:
    tag = "#EXT-X-KEY:METHOD=NONE,"
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{tag}{hostile * (MOST_BYTES // len(hostile))}"
    began = time.thread_time()
    parse(f'{text}"\n#EXTINF:2,\na.ts', URL)
    assert time.thread_time() - began < 1.0


def test_each_segment_is_taken_once() -> None:
    follower = Follower(back_s=4)
    assert taken(follower, window(1, 10)) == [9, 10]
    assert taken(follower, window(1, 10)) == []
    assert taken(follower, window(3, 12)) == [11, 12]
    assert taken(follower, window(2, 11)) == [], "a server that is late"
    assert follower.lost == 0


def test_what_left_the_window_is_lost_and_what_follows_begins_a_part() -> None:
    follower = Follower(back_s=60)
    taken(follower, window(1, 5))
    later = window(9, 12)
    assert follower.cut(later.segments[0])
    assert taken(follower, later) == [9, 10, 11, 12]
    assert follower.lost == 3
    assert not follower.cut(window(13, 13).segments[0])


def test_a_server_that_jumps_ahead_did_not_have_all_that_is_between() -> None:
    follower = Follower(back_s=60)
    taken(follower, window(1, 5))
    far = window(10**17, 10**17 + 2)
    assert follower.cut(far.segments[0])
    assert len(taken(follower, far)) == 3
    assert follower.lost == 0


@pytest.mark.parametrize("anew", [window(0, 4), window(48, 53, name="b")], ids=["numbers", "names"])
def test_a_server_that_counts_anew_is_followed_from_there(anew: Playlist) -> None:
    follower = Follower(back_s=60)
    taken(follower, window(40, 50))
    fresh = follower.fresh(anew)
    assert fresh == anew.segments
    assert follower.cut(fresh[0])


def test_a_discontinuity_begins_a_part() -> None:
    follower = Follower(back_s=60)
    taken(follower, window(1, 2))
    (segment,) = window(3, 3).segments
    assert not follower.cut(segment)
    assert follower.cut(replace(segment, apart=True))


def test_a_stream_that_has_ended_is_taken_from_its_beginning() -> None:
    assert taken(Follower(back_s=2), window(1, 5, ended=True)) == [1, 2, 3, 4, 5]
