"""Programs that others wrote find the gate by its variables, and go where it lets them go."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import httpx2
import pytest
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]
from tests.media.egress.kit import OK, answering, gate, head_of
from tests.media.egress.tls import encrypted
from tests.site import Site, site
from tests.sounds import sounds

from mediamill.media.egress.gate import Gate


@pytest.fixture(scope="module")
def web() -> Iterator[Site]:
    with site() as found:
        yield found


def run(opened: Gate, *argv: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that knows nothing but the gate."""
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), **opened.env}
    return subprocess.run(
        [str(word) for word in argv], env=env, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def test_urllib(web: Site) -> None:
    with gate(web.address) as opened:
        browser = build_opener(ProxyHandler({"http": opened.url}))
        assert browser.open(web("/audio/tone.mp3"), timeout=10).read() == sounds()["tone.mp3"]
        assert opened.received > len(sounds()["tone.mp3"])
        with pytest.raises(HTTPError, match="403: Refused"):
            browser.open(web("/redirect/metadata"), timeout=10)
        assert opened.refused == ("169.254.169.254: an address of the machine's metadata",)


def test_httpx_in_the_clear_and_through_tls(web: Site, tmp_path: Path) -> None:
    def handler(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(OK)

    with (
        encrypted(tmp_path, handler) as (server, trust),
        gate(f"{web.address},{server.place}") as opened,
        httpx2.Client(proxy=opened.url, verify=trust) as client,
    ):
        assert client.get(web("/audio/tone.mp3")).content == sounds()["tone.mp3"]
        before = opened.received
        assert client.get(f"https://{server.place}/").text == "hello"
        assert opened.received - before > len(OK)
        with pytest.raises(httpx2.ProxyError, match="403"):
            client.get("https://10.0.0.1/")


def test_ffmpeg_reads_a_file_and_a_playlist(web: Site, tmp_path: Path) -> None:
    with gate(web.address) as opened:
        for number, path in enumerate(("/audio/tone.mp3", "/hls/ts/index.m3u8")):
            out = tmp_path / f"{number}.wav"
            done = run(
                opened, get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", web(path), "-t", "3", out, cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
            assert out.stat().st_size > 200_000
        assert opened.refused == ()


def test_ffmpeg_is_not_led_inside(web: Site, tmp_path: Path) -> None:
    with answering() as inner, gate(web.address) as opened:
        for url in (web("/redirect/private"), inner.url(), f"http://2130706433:{inner.port}/"):
            done = run(opened, get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", url, "x.wav", cwd=tmp_path)
            assert done.returncode != 0
        assert inner.opened == 0
        assert opened.refused == (
            "10.0.0.1: a private address",
            "127.0.0.1: a loopback address",
            "2130706433: a loopback address",
        )


def ytdlp(opened: Gate, url: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    usual = ("--ignore-config", "--no-cache-dir", "--socket-timeout", "5", "--retries", "0", "-o", "out.%(ext)s")
    return run(opened, sys.executable, "-m", "yt_dlp", *usual, *words, "--", url, cwd=cwd)


def test_ytdlp_with_its_own_ffmpeg(web: Site, tmp_path: Path) -> None:
    with gate(web.address) as opened:
        words = ("--ffmpeg-location", get_ffmpeg_exe(), "--downloader", "m3u8:ffmpeg")
        done = ytdlp(opened, web("/hls/ts/index.m3u8"), *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert list(tmp_path.glob("out.*"))
        assert opened.received > 20_000


def test_ytdlp_is_not_led_inside(web: Site, tmp_path: Path) -> None:
    with gate(web.address) as opened:
        done = ytdlp(opened, web("/redirect/mapped"), cwd=tmp_path)
        assert done.returncode == 1
        assert "403: Refused" in done.stderr
        assert ytdlp(opened, "https://10.0.0.1/", cwd=tmp_path).returncode == 1
        assert opened.refused == ("::ffff:a00:1: an IPv4 address within IPv6", "10.0.0.1: a private address")
