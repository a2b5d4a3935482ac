"""What `mediamill doctor` says of the way to live sites."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediamill.cli.finding import Finding
from mediamill.cli.live_here import live_here
from mediamill.settings import load


@pytest.fixture
def proxy() -> Iterator[str]:
    """Somebody who listens, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://ann:tiger@127.0.0.1:{listening.getsockname()[1]}"


def findings(**environ: str) -> dict[str, Finding]:
    return {found.what: found for found in live_here(load(environ, None))}


def test_doctor_says_which_streamlink_and_which_plugins(tmp_path: Path) -> None:
    plain = findings()
    assert list(plain) == ["streamlink"]
    assert plain["streamlink"].verdict == "ok"
    assert str(tmp_path) in findings(MEDIAMILL_STREAMLINK_PLUGINS=str(tmp_path))["streamlink"].words
    assert findings(MEDIAMILL_STREAMLINK_PLUGINS=str(tmp_path / "no"))["streamlink"].verdict == "bad"


def test_doctor_says_which_proxies_cannot_be_reached_and_no_password(proxy: str) -> None:
    gone = "socks5://ann:tiger@127.0.0.1:9"
    found = {some: findings(MEDIAMILL_PROXIES=some)["proxies"] for some in (proxy, gone, f"{proxy},{gone}")}
    assert [each.verdict for each in found.values()] == ["ok", "bad", "note"]
    assert "1 of 2 cannot be reached, 127.0.0.1:9 (Connection refused)" in found[f"{proxy},{gone}"].words
    assert not any("tiger" in each.words for each in found.values())
