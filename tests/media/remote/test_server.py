"""What every server of somebody else's has in common: that it is busy, slow, too talkative, or away.

How a refusal is read, and what follows from it, is tested with what asks: voices, chats, images.
"""

import time
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web
from tests.media.loopback import served

from mediamill import RetryableError
from mediamill.media.remote.refusal import Refusal
from mediamill.media.remote.server import Patience, Peer, Reply, Request, Server, retry_after
from mediamill.media.remote.wire import Wire

KEY = "sk-tiger-0123456789"
QUICK = Patience(attempts=2, first_s=0.001, longest_s=0.05)


async def told(request: web.Request) -> web.Response:
    return web.json_response({"key": request.headers.get("Authorization"), "method": request.method})


@pytest.fixture
def host() -> Iterator[str]:
    app = web.Application()
    app.router.add_route("*", "/told", told)
    with served(app) as host:
        yield host


@pytest.fixture
def other() -> Iterator[str]:
    app = web.Application()
    app.router.add_route("*", "/told", told)
    with served(app) as host:
        yield host


def server(host: str, line: Wire) -> Server:
    return Server(Peer("the oracle", f"http://{host}/v1", KEY, code="VOICE_AWAY"), QUICK, line=line)


def asking(url: str, most: int = 1_000, body: dict[str, object] | None = None) -> Request:
    return Request(url, 5.0, 5.0, most, body)


def test_a_body_is_posted_and_none_is_got(host: str, line: Wire) -> None:
    oracle = server(host, line)
    assert b"GET" in oracle.ask(asking(f"http://{host}/told")).raw
    assert b"POST" in oracle.ask(asking(f"http://{host}/told", body={})).raw


def test_the_key_is_shown_to_its_own_host_alone(host: str, other: str, line: Wire) -> None:
    oracle = server(host, line)
    assert b"tiger" in oracle.ask(asking(f"http://{host}/told")).raw
    assert b"tiger" not in oracle.ask(asking(f"http://{other}/told")).raw


def test_a_key_is_not_shown_to_who_prints_things(host: str, line: Wire) -> None:
    oracle = server(host, line)
    assert "tiger" not in str(oracle)
    assert "tiger" not in repr(Peer("the oracle", "http://h", KEY, code="VOICE_AWAY"))


def test_an_answer_of_the_largest_size_is_taken_and_one_byte_more_is_not(host: str, line: Wire) -> None:
    oracle = server(host, line)
    size = len(oracle.ask(asking(f"http://{host}/told")).raw)
    assert oracle.ask(asking(f"http://{host}/told", size)).ok
    with pytest.raises(RetryableError, match=rf"^the oracle sent more than {size - 1} bytes"):
        oracle.ask(asking(f"http://{host}/told", size - 1))


def test_where_a_server_stands_is_for_the_log_alone(host: str, line: Wire) -> None:
    at = f"http://ape:sk-tiger@{host}/v1"
    oracle = Server(Peer("the oracle", at, KEY, code="VOICE_AWAY"), QUICK, line=line)
    with structlog.testing.capture_logs() as lines:
        away, refused = oracle.away("sleeps"), oracle.refused("says no", code="VOICE_DENIED")
    assert (str(away), away.code) == ("the oracle sleeps", "VOICE_AWAY")
    assert (str(refused), refused.code) == ("the oracle says no", "VOICE_DENIED")
    assert [(line["event"], line["at"], line["why"]) for line in lines] == [
        ("remote.fault", host, "sleeps"),
        ("remote.fault", host, "says no"),
    ]
    assert "tiger" not in str(lines)


def test_who_comes_in_a_pause_is_not_told_where_either_nor_logged(line: Wire) -> None:
    oracle = server("127.0.0.1:9", line)
    for _ in range(3):
        with pytest.raises(RetryableError, match=r"^the oracle cannot be reached"), oracle.calling():
            oracle.ask(asking("http://127.0.0.1:9/told"))
    refused = pytest.raises(RetryableError, match=r"^the oracle failed 3 times in a row")
    with structlog.testing.capture_logs() as lines, refused, oracle.calling():
        raise AssertionError
    assert lines == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("", None), ("soon", None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_a_retry_after_is_a_number_or_a_time(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds
    later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    assert retry_after(later) == pytest.approx(60, abs=2)


def test_of_a_refusal_only_a_code_and_a_field_are_shown() -> None:
    words = b'{"error": {"message": "sk-tiger may not", "param": "model", "type": "bad_request", "code": "no_model"}}'
    refusal = Refusal.of(Reply(400, "application/json", words))
    assert (refusal.told, refusal.field, refusal.of_request, refusal.keyless) == ("400 no_model", "model", True, False)
    assert "tiger" not in repr(refusal)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (b'{"error": {"param": "size"}}', "size"),
        (b'{"error": {"param": "response_format.type"}}', "response_format"),
        (b'{"error": {"param": "messages[0].content"}}', "messages"),
        (b'{"detail": [{"loc": ["body", "response_format", "type"]}]}', "response_format"),
        (b'{"error": {"param": null}}', ""),
    ],
)
def test_the_field_that_is_refused_is_found(words: bytes, field: str) -> None:
    assert Refusal.of(Reply(400, "application/json", words)).field == field


def test_a_refusal_may_be_no_text_at_all() -> None:
    refusal = Refusal.of(Reply(401, "", b"\xff\xfe"))
    assert (refusal.told, refusal.field, refusal.of_request, refusal.keyless) == ("401", "", False, True)
