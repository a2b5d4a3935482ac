"""What belongs to a stream is asked for where the guard lets it be, by connections that are kept."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from tests.media.egress.kit import OK, Names, answering, gate, head_of
from tests.media.egress.socks import socks
from tests.media.egress.tls import encrypted
from tests.media.loopback import served

from mediamill import MediamillError
from mediamill.core.context import Network
from mediamill.media.egress.gate import Gate
from mediamill.media.live import connector
from mediamill.media.live.asking import Asker
from mediamill.media.live.loop import Loop, Throttle


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


def asked(loop: Loop, opened: Gate, *urls: str) -> list[bytes]:
    """Ask for these one after the other."""

    async def ask() -> list[bytes]:
        asker = Asker(loop, opened, url=urls[0], headers={}, stall_s=5, throttle=Throttle(None))
        return [(await asker.whole(url, "it", 1_000))[0] for url in urls]

    return loop.run(ask(), lambda: None)


def test_a_connection_is_kept_for_the_next_request(loop: Loop) -> None:
    peers = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.Response(body=b"hello")

    app = web.Application()
    app.router.add_get("/", answer)
    with served(app) as place, gate(place) as opened:
        assert asked(loop, opened, *[f"http://{place}/"] * 3) == [b"hello"] * 3
    assert len(set(peers)) == 1


def test_a_name_that_changes_its_mind_leads_nowhere_else(loop: Loop) -> None:
    """What was asked for over one connection says nothing of the next."""
    names = Names({"cdn.example.org": [["127.0.0.1"], ["169.254.169.254"]]})
    with answering(OK) as server, gate(server.place, names) as opened:
        url = f"http://cdn.example.org:{server.port}/"
        with pytest.raises(MediamillError, match=r"cdn\.example\.org") as caught:
            asked(loop, opened, url, url)
    assert caught.value.code == "BLOCKED"
    assert names.asked == ["cdn.example.org"] * 2
    assert server.opened == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://169.254.169.254/latest/", "BLOCKED"),
        ("http://2852039166/latest/", "BLOCKED"),
        ("http://[::ffff:169.254.169.254]/", "BLOCKED"),
        ("https://127.0.0.1/", "BLOCKED"),
        ("http://198.51.100.1:22/", "BLOCKED"),
        ("http://nowhere.example.org/", "NETWORK"),
    ],
)
def test_what_may_not_be_reached_is_not(loop: Loop, url: str, code: str) -> None:
    with gate() as opened, pytest.raises(MediamillError) as caught:
        asked(loop, opened, url)
    assert caught.value.code == code


def test_the_way_goes_on_through_a_users_proxy(loop: Loop) -> None:
    with answering(OK) as server, socks((b"u", b"p")) as outer:
        network = Network(proxy=f"socks5://u:p@{outer.place}")
        with gate("127.0.0.1", network=network) as opened:
            assert asked(loop, opened, server.url()) == [b"hello"]
    assert outer.asked == [("127.0.0.1", server.port)]


def test_https_is_asked_of_whom_the_certificate_names(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def well(connection: "object") -> None:
        assert isinstance(connection, ssl.SSLSocket)
        head_of(connection)
        connection.sendall(OK)

    connector._tls.cache_clear()
    with encrypted(tmp_path, well) as (server, _), gate("127.0.0.1") as opened:
        url = f"https://{server.place}/"
        with pytest.raises(MediamillError, match="cannot be reached"):
            asked(loop, opened, url)
        connector._tls.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
        assert asked(loop, opened, url) == [b"hello"]
    connector._tls.cache_clear()
