from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mediamill import Incomplete, InvalidInput
from mediamill.media import cookies
from mediamill.services.recordings import service
from mediamill.services.recordings.params import Params

URL = "https://example.com/live"


def asked(**params: Any) -> Params:  # noqa: ANN401 - what a request may say
    """Return a request that went through the door."""
    found = Params.model_validate(params)
    assert service.check is not None
    service.check(found, {})
    return found


@pytest.fixture
def _named_cookies(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "tiktok.txt").write_text("www.tiktok.com\tTRUE\t/\tTRUE\t0\tsessionid\topen-sesame-4711\n")
    cookies.use(tmp_path)
    yield
    cookies.use(None)


@pytest.mark.parametrize("params", [{}, {"duration": 60}, {"url": None, "room_id": None}])
def test_a_request_without_a_source_is_incomplete(params: dict[str, Any]) -> None:
    with pytest.raises(Incomplete, match="send `room_id`"):
        asked(**params)


@pytest.mark.usefixtures("_named_cookies")
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"url": "http://10.0.0.1/live.m3u8"}, "url"),
        ({"url": "http://[::1]/live.m3u8"}, "url"),
        ({"url": "http://example.com:22/live"}, "url"),
        ({"room_id": "@ann", "url": "http://169.254.169.254/"}, "url"),
        ({"url": URL, "options": {"cookies": "/etc/passwd"}}, "options.cookies"),
        ({"url": URL, "options": {"cookies": "no-such.txt"}}, "options.cookies"),
        ({"url": URL, "options": {"proxy": "http://127.0.0.1:3128"}}, "options.proxy"),
        ({"url": URL, "options": {"proxy": "file:///etc/passwd"}}, "options.proxy"),
        ({"url": URL, "options": {"proxy": "http://example.com:3128", "cookies": "tiktok.txt"}}, "options.proxy"),
    ],
)
def test_where_nobody_may_go_is_refused_at_the_door(params: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked(**params)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": 7}, "string"),
        ({"url": "ftp://example.com/live"}, "begins with http"),
        ({"url": "httpstream://file:///etc/hostname"}, "begins with http"),
        ({"url": "http://ann:pass@example.com/"}, "no user name"),
        ({"room_id": 7_300_000_000_000_000_001}, "string"),
        ({"room_id": "../etc"}, "pattern"),
        ({"room_id": ".."}, "pattern"),
        ({"room_id": "@"}, "pattern"),
        ({"room_id": "x" * 65}, "64 characters"),
        ({"url": URL, "duration": 0}, "greater than or equal"),
        ({"url": URL, "duration": 86_401}, "less than or equal"),
        ({"url": URL, "duration": "long"}, "number"),
        ({"url": URL, "duration": float("nan")}, "finite|greater"),
        ({"url": URL, "output_template": "../{title}.mp4"}, "none of dots"),
        ({"url": URL, "options": {"quality": "../x"}}, "pattern"),
        ({"url": URL, "options": {"container": "avi"}}, "'mp4', 'mkv' or 'ts'"),
        ({"url": URL, "options": {"upload_s3": "maybe"}}, "boolean"),
        ({"url": URL, "options": {"cookies": "a=" + "b" * 300_000}}, "characters at most"),
        ({"url": URL, "options": {"proxy": "http://" + "b" * 600}}, "characters at most"),
        ({"url": URL, "options": {"exec": "touch x"}}, "Extra inputs"),
        ({"url": URL, "mode": "automatic"}, "Extra inputs"),
    ],
)
def test_what_is_no_request_is_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Params.model_validate(params)


@pytest.mark.parametrize(
    ("params", "same"),
    [
        ({"url": " HTTPS://Example.com:443/live?utm_source=x#top "}, {"url": URL}),
        ({"room_id": "VTV24news"}, {"room_id": "@vtv24news"}),
        ({"room_id": "@VTV24News"}, {"room_id": "@vtv24news"}),
        (
            {"url": "https://m.tiktok.com/@Ann/live/?lang=vi"},
            {"url": "https://www.tiktok.com/@ann/live"},
        ),
        ({"url": URL, "options": {"container": "mp4"}}, {"url": URL}),
    ],
)
def test_what_means_the_same_is_one_request(params: dict[str, Any], same: dict[str, Any]) -> None:
    assert asked(**params) == asked(**same)


def test_beside_an_address_a_room_is_what_the_recording_is_filed_under() -> None:
    assert asked(url=URL, room_id="Studio-1").room_id == "Studio-1"
    assert asked(room_id="7300000000000000001").room_id == "7300000000000000001"


@pytest.mark.usefixtures("_named_cookies")
def test_a_secret_of_a_request_is_not_shown() -> None:
    secret = {"cookies": "session=open-sesame-4711", "proxy": "http://ann:pa55@example.com:3128"}
    params = asked(url=URL, options=secret)
    assert "sesame" not in repr(params) + params.model_dump_json()
    assert "pa55" not in repr(params) + params.model_dump_json()
    assert asked(room_id="@ann", options={"cookies": "tiktok.txt"})
