"""The live site is what tests of the recorder stand on: it says what it sent, and it goes wrong as told."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest
from tests.live.film import frames, lost, repeated
from tests.live.site import LiveSite, live_site


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=5, trust_env=False) as client:
        yield client


def segments(http: httpx2.Client, url: str) -> list[str]:
    """Return the addresses of the segments that a playlist shows."""
    lines = http.get(url).raise_for_status().text.splitlines()
    return [urljoin(url, line) for line in lines if not line.startswith("#")]


def copied(http: httpx2.Client, urls: list[str], to: Path) -> Path:
    to.write_bytes(b"".join(http.get(url).raise_for_status().content for url in urls))
    return to


def test_a_playlist_of_ts_has_what_was_sent(site: LiveSite, http: httpx2.Client, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(2.0)
    assert frames(copied(http, segments(http, site.hls("fair")), tmp_path / "all.ts")) == list(fair.frames)


def test_a_stream_of_flv_has_what_was_sent_until_the_channel_goes_off(
    site: LiveSite, http: httpx2.Client, tmp_path: Path
) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    file = tmp_path / "all.flv"
    with http.stream("GET", site.flv("fair")) as response, file.open("wb") as to:
        fair.play(2.0)
        fair.off()
        for content in response.iter_bytes():
            to.write(content)
    assert frames(file) == list(fair.frames)
    assert lost(frames(file)) == repeated(frames(file)) == 0
    assert http.get(site.flv("fair")).status_code == 404
