from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mediamill import InvalidInput, PermanentError
from mediamill.media import adapters, cookies
from mediamill.services.downloads import service
from mediamill.services.downloads.checks import FOLDER
from mediamill.services.downloads.params import Params
from mediamill.services.downloads.tests.parts import asked
from mediamill.settings import AdapterSettings
from mediamill.testing import FakeContext

URL = "https://example.com/a"


@pytest.fixture
def descriptions(tmp_path: Path) -> Iterator[Path]:
    """A folder of the operator's own descriptions."""
    folder = tmp_path / "adapters"
    folder.mkdir()
    adapters.use(AdapterSettings(folder, {"ENABLE_RADIO": False}))
    yield folder
    adapters.use(None)


def described(name: str, *lines: str) -> str:
    """Return the built-in description under another name, with lines in front."""
    text = (FOLDER / "yt-dlp.toml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("name =", "enable =", "rank =", "urls ="))]
    return "\n".join([f'name = "{name}"', *lines, *kept])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "url"),
        ({"url": URL, "urls": [URL]}, "url"),
        ({"url": "http://10.0.0.1/a"}, "url"),
        ({"url": "http://2130706433/a"}, "url"),
        ({"url": "http://[::1]/a"}, "url"),
        ({"url": "http://example.com:22/a"}, "url"),
        ({"urls": [URL, "http://192.168.1.1/"]}, "urls.1"),
        ({"url": URL, "adapter": "no-such"}, "adapter"),
        ({"url": URL, "format": "wma"}, "format"),
        ({"url": URL, "quality": "loud"}, "quality"),
        ({"url": URL, "variant": "live"}, "variant"),
        ({"url": URL, "playlist": "0"}, "playlist"),
        ({"url": URL, "playlist": "1:100000"}, "playlist"),
        ({"url": URL, "playlist": "1; rm"}, "playlist"),
        ({"url": URL, "cookies": "/etc/passwd"}, "cookies"),
        ({"url": URL, "cookies": "radio.txt"}, "cookies"),
        ({"url": URL, "proxy": "http://127.0.0.1:3128"}, "proxy"),
        ({"url": URL, "proxy": "file:///etc/passwd"}, "proxy"),
    ],
)
def test_what_no_adapter_takes_is_refused_at_the_door(params: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked(**params)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"urls": []}, "at least 1"),
        ({"urls": [URL] * 101}, "at most 100"),
        ({"url": "ftp://example.com/"}, "begins with http"),
        ({"url": "http://ann:pass@example.com/"}, "no user name"),
        ({"url": 7}, "string"),
        ({"url": URL, "template": "../{title}"}, "none of dots"),
        ({"url": URL, "format": "../x"}, "pattern"),
        ({"url": URL, "adapter": "../x"}, "pattern"),
        ({"url": URL, "max_age_s": -1}, "greater than or equal"),
        ({"url": URL, "cookies": "a=" + "b" * 300_000}, "characters at most"),
        ({"url": URL, "proxy": "http://" + "b" * 600}, "characters at most"),
        ({"url": URL, "exec": "touch x"}, "Extra inputs"),
    ],
)
def test_what_is_no_request_is_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Params.model_validate(params)


def test_cookies_times_addresses_have_a_limit() -> None:
    urls = [f"https://example.com/{number}" for number in range(100)]
    most = 4 * 2**20 // 100
    asked(urls=urls, cookies="a=" + "b" * (most - 2))
    with pytest.raises(InvalidInput) as refused:
        asked(urls=urls, cookies="a=" + "b" * (most - 1))
    assert refused.value.field == "cookies"
    seen = "41,944 bytes of cookies for each of 100 addresses are 4,194,400 bytes; at most 4,194,304 are taken"
    assert seen in refused.value.message
    asked(url=URL, cookies="a=" + "b" * 262_142)


def test_of_cookies_bytes_count_not_signs() -> None:
    line = "example.com\tTRUE\t/\tFALSE\t0\ta\t"
    asked(urls=[URL, f"{URL}b"], cookies=line + "ế" * 200_000)
    urls = [f"https://example.com/{number}" for number in range(8)]
    with pytest.raises(InvalidInput, match=r"600,0\d\d bytes of cookies for each of 8 addresses"):
        asked(urls=urls, cookies=line + "ế" * 200_000)


def test_what_means_the_same_is_one_request() -> None:
    params = asked(url=" HTTPS://Example.com:443/a?utm_source=x#top ")
    assert params == asked(url=URL)
    assert asked(urls=[URL, f"{URL}#x", "https://example.com/b"]).urls == (URL, "https://example.com/b")


def test_a_secret_of_a_request_is_not_shown() -> None:
    params = asked(url=URL, cookies="session=open-sesame-4711", proxy="http://ann:pa55word@example.com:3128")
    assert "sesame" not in repr(params) + params.model_dump_json()
    assert "pa55word" not in repr(params) + params.model_dump_json()


def test_an_operators_adapter_takes_its_own_addresses(descriptions: Path) -> None:
    takes = "urls = ['https://radio\\.example/.+']"
    (descriptions / "radio.toml").write_text(described("radio", takes, "rank = 5"))
    assert asked(url="https://radio.example/a", adapter="radio")
    with pytest.raises(InvalidInput, match="does not take addresses like this one"):
        asked(url=URL, adapter="radio")


def test_an_adapter_that_is_switched_off_is_told(descriptions: Path) -> None:
    lines = ("urls = ['https://radio\\.example/.+']", 'enable = { flag = "ENABLE_RADIO" }')
    (descriptions / "radio.toml").write_text(described("radio", *lines))
    with pytest.raises(InvalidInput, match="'radio' is switched off here"):
        asked(url="https://radio.example/a", adapter="radio")


def test_an_address_that_only_a_switched_off_adapter_takes_is_told(descriptions: Path) -> None:
    lines = ("urls = ['https://radio\\.example/.+']", 'enable = { flag = "ENABLE_RADIO" }')
    (descriptions / "yt-dlp.toml").write_text(described("yt-dlp", *lines))
    with pytest.raises(InvalidInput, match="takes this address, and it is switched off here"):
        asked(url="https://radio.example/a")
    with pytest.raises(InvalidInput, match="no adapter here takes this address"):
        asked(url=URL)


def test_what_was_switched_off_since_the_door_fails_the_job(descriptions: Path, tmp_path: Path) -> None:
    (descriptions / "radio.toml").write_text(described("radio", "urls = ['https://radio\\.example/.+']"))
    params = asked(url="https://radio.example/a", adapter="radio")
    (descriptions / "radio.toml").unlink()
    adapters.use(None)
    with pytest.raises(PermanentError, match="no adapter 'radio'"):
        service.run(params, FakeContext(tmp_path))
    several = params.model_copy(update={"url": None, "urls": (URL, f"{URL}/b")})
    with pytest.raises(PermanentError, match="no adapter 'radio'"):
        service.run(several, FakeContext(tmp_path))


def test_an_operators_cookies_go_through_no_proxy_of_a_users(tmp_path: Path) -> None:
    cookies.use(tmp_path)
    try:
        (tmp_path / "radio.txt").write_text("example.com\tTRUE\t/\tFALSE\t0\tsession\topen-sesame-4711\n")
        assert asked(url=URL, cookies="radio.txt")
        with pytest.raises(InvalidInput) as refused:
            asked(url=URL, cookies="radio.txt", proxy="http://ann:pa55word@example.com:3128")
        assert refused.value.field == "proxy"
    finally:
        cookies.use(None)


def test_a_cookie_file_that_is_gone_since_the_door_fails_the_job(tmp_path: Path) -> None:
    cookies.use(tmp_path)
    try:
        (tmp_path / "radio.txt").write_text("a=b")
        params = asked(url=URL, cookies="radio.txt")
        (tmp_path / "radio.txt").unlink()
        with pytest.raises(PermanentError) as missing:
            service.run(params, FakeContext(tmp_path / "work"))
        assert missing.value.code == "COOKIES_MISSING"
    finally:
        cookies.use(None)
