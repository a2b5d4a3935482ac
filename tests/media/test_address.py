import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.address import LONGEST, canonical, known_as


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("  https://Example.COM:443/A?b=1#c ", "https://example.com/A?b=1"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com:8080", "http://example.com:8080/"),
        ("HTTP://example.com./x", "http://example.com/x"),
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("https://example.com/a%2fb c?x=%e1", "https://example.com/a%2Fb%20c?x=%E1"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("https://example.com/?utm_source=a&id=7&fbclid=x&flag", "https://example.com/?id=7&flag"),
        ("https://example.com/?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/f.mp3?utm_source=a&Signature=s", "https://example.com/f.mp3?utm_source=a&Signature=s"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc&t=42", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        (
            "http://m.youtube.com/watch?t=1&list=PL1&v=dQw4w9WgXcQ",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1",
        ),
        ("https://youtube.com/shorts/dQw4w9WgXcQ?feature=share", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/playlist?list=PL1&si=x", "https://www.youtube.com/playlist?list=PL1"),
        ("https://open.spotify.com/intl-de/track/1?si=x", "https://open.spotify.com/track/1"),
        ("https://m.soundcloud.com/a/b?si=x&in=y", "https://soundcloud.com/a/b"),
        ("https://music.apple.com/us/album/x/1?i=2&uo=4", "https://music.apple.com/us/album/x/1?i=2"),
        ("https://player.vimeo.com/video/76979871", "https://vimeo.com/76979871"),
        ("http://tiktok.com/@Cho.Noi/live/?lang=vi&_r=1", "https://www.tiktok.com/@cho.noi/live"),
        ("https://m.tiktok.com/share/live/A?room_id=7&u=1", "https://www.tiktok.com/share/live/A?room_id=7"),
        ("https://dai.ly/x7tgad0?x=1", "https://www.dailymotion.com/video/x7tgad0"),
    ],
)
def test_what_means_the_same_has_one_form(url: str, form: str) -> None:
    assert canonical(url) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://E.example:443/a.m3u8?id=7&token=abc#x", "https://e.example/a.m3u8?id=7&token=***"),
        (
            "https://e.example/a?wsSecret=1&auth_key=2&Expires=3",
            "https://e.example/a?wsSecret=***&auth_key=***&Expires=***",
        ),
        (
            "https://e.example/a?X-Amz-Signature=1&sig=2&stream_key=3",
            "https://e.example/a?X-Amz-Signature=***&sig=***&stream_key=***",
        ),
        (
            "https://e.example/a?author=1&keyword=2&design=3&token=&sign",
            "https://e.example/a?author=1&keyword=2&design=3&token=&sign",
        ),
        ("https://ann:hush@e.example/a", "https://e.example/a"),
        ("rtsp://ann:hush@E.example/a?password=x", "rtsp://E.example/a?password=***"),
        ("rtsp://e.example/a?id=7#access_token=x", "rtsp://e.example/a?id=7"),
        (f"https://E.example:443/a?id=7&token={'x' * LONGEST}", "https://e.example/a?id=7&token=***"),
        ("", ""),
    ],
)
def test_what_comes_from_an_address_is_filed_under_a_form_that_opens_nothing(url: str, form: str) -> None:
    assert known_as(url) == form
    assert known_as(form) == form


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "begins with http"),
        ("example.com/a.mp3", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("httpstream://file:///etc/hostname", "begins with http"),
        ("ytsearch10:cats", "begins with http"),
        ("--exec=touch x", "begins with http"),
        ("http:///x", "begins with http"),
        ("http://ann:secret@example.com/", "no user name"),
        ("http://example.com/\x00", "control characters"),
        ("http://exam\nple.com/", "control characters"),
        ("http://example.com:0/", "a port"),
        ("http://example.com:99999/", "a port"),
        ("http://example.com:8x/", "a port"),
        ("http://exa mple.com/", "a host is wanted"),
        ("http://-example.com/", "a host is wanted"),
        ("http://example.com/" + "a" * LONGEST, "characters at most"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        canonical(url)
    assert "secret" not in str(refused.value)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["http", "https"]))
def test_a_form_is_its_own_form(path: str, query: str, scheme: str) -> None:
    try:
        form = canonical(f"{scheme}://Example.com/{path}?{query}")
    except ValueError:
        return
    assert canonical(form) == form
    assert form.isascii()
    assert form.isprintable()
