"""Servers of a language model that refuse, are busy, hang, or are not there."""

import time
from dataclasses import replace

import pytest
import structlog
from tests.engine.mill import Clock
from tests.media.llm.animals import KEY, QUICK, SYSTEM, USER, Animal, answered, ask, away
from tests.media.llm.talkers import Talker
from tests.media.loopback import Answer, dropped, endless, hanging, leaves_at_once, raw, status

from mediamill import Cancelled, PermanentError
from mediamill.media.llm.chat import Chat
from mediamill.media.remote.server import Patience
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings
from mediamill.testing import eventually

# ---- refusals that somebody has to mend


@pytest.mark.parametrize(
    ("code", "error", "why"),
    [
        (401, {"code": "invalid_api_key"}, "answers 401 invalid_api_key; it does not take our key: LLM_API_KEY"),
        (403, {}, "does not take our key: LLM_API_KEY"),
        (404, {"code": "model_not_found"}, "answers 404 model_not_found; .* LLM_BASE_URL and LLM_MODEL"),
        (400, {"code": "model_not_found"}, "answers 400 model_not_found; .* LLM_MODEL"),
        (402, {"code": "insufficient_quota"}, "answers 402 insufficient_quota"),
    ],
)
def test_a_refusal_is_final_and_tells_neither_the_key_nor_the_text(  # noqa: PLR0917 - fixtures
    chat: Chat,
    host: Talker,
    logged: list[structlog.typing.EventDict],
    code: int,
    error: dict[str, object],
    why: str,
) -> None:
    host.moods = [status(code, {"error": {"message": f"{KEY} may not say {USER}", "type": "x", **error}})]
    with pytest.raises(PermanentError, match=why) as refused:
        ask(chat)
    assert refused.value.code == "LLM_DENIED"
    assert len(host.heard) == 1
    told = f"{refused.value!r} {refused.value.__cause__!r} {logged}"
    assert "tiger" not in told
    assert "zebra" not in told


def test_a_server_that_wants_a_key_is_told_so(settings: ModelSettings, host: Talker, line: Wire) -> None:
    host.moods = [status(401)]
    with pytest.raises(PermanentError, match="answers 401; it wants a key: LLM_API_KEY"):
        ask(Chat(replace(settings, api_key=None), line=line))


def test_a_redirect_is_not_followed(chat: Chat, host: Talker) -> None:
    host.moods = [status(307, None, Location="/elsewhere")]
    with pytest.raises(PermanentError, match="answers 307"):
        ask(chat)
    assert len(host.heard) == 1


# ---- a server that is busy, or away


@pytest.mark.parametrize(
    "moods", [[status(429)], [status(503), status(500)], [status(408)], [dropped]], ids=["429", "5xx", "408", "dropped"]
)
def test_a_busy_server_is_asked_again(
    chat: Chat, host: Talker, logged: list[structlog.typing.EventDict], moods: list[Answer]
) -> None:
    host.moods = list(moods)
    assert answered(chat)
    assert len(host.heard) == len(moods) + 1
    assert "zebra" not in str(logged)


def test_it_is_asked_again_when_it_wants_to_be(settings: ModelSettings, host: Talker, line: Wire) -> None:
    host.moods = [status(429, None, **{"Retry-After": "0"})]
    assert answered(Chat(settings, line=line, patience=Patience(attempts=2, first_s=30, longest_s=60)))


def test_a_server_that_wants_a_long_rest_gets_it(chat: Chat, host: Talker) -> None:
    host.moods = [status(429, None, **{"Retry-After": "90"})]
    assert away(chat).after_s == 90
    assert len(host.heard) == 1


def test_a_server_that_is_not_there_is_away(settings: ModelSettings, line: Wire) -> None:
    gone = Chat(replace(settings, url="http://127.0.0.1:9"), line=line, patience=QUICK)
    assert away(gone).message == "the language model cannot be reached (ConnectError)"


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        (raw("text/html", b"<html>Sign in, please</html>"), "sent 28 bytes, and it is no JSON"),
        (raw("application/json", b'{"choices": []}'), "it is no answer of a chat"),
        (raw("application/json", b'{"error": {"message": "overloaded", "code": 502}}'), "it is no answer of a chat"),
        (raw("application/json", b"{" * 3_000_000), "sent more than 2,097,152 bytes"),
        (endless(b"{" * 2**20), "sent more than 2,097,152 bytes"),
    ],
    ids=["page", "no choice", "error", "3 MB", "endless"],
)
def test_what_is_no_answer_of_a_chat_is_a_failure_of_the_server(
    chat: Chat, host: Talker, mood: Answer, why: str
) -> None:
    host.moods = [mood]
    assert why in away(chat).message
    assert len(host.heard) == 1


# ---- waiting


@pytest.mark.parametrize("first", [b"", b'{"choices": [{"mess'], ids=["no word", "a word"])
def test_a_cancelled_job_does_not_wait_for_a_server_that_hangs(chat: Chat, host: Talker, first: bytes) -> None:
    host.moods = [hanging(host, first, "application/json")]
    leaves_at_once(host, lambda check: chat.answer(Animal, SYSTEM, USER, check=check))
    assert answered(chat), "it was no failure of the server's"


def test_a_cancelled_job_does_not_wait_for_a_server_that_rests(
    settings: ModelSettings, host: Talker, line: Wire
) -> None:
    chat = Chat(settings, line=line, patience=Patience(attempts=2, first_s=60, longest_s=60))
    host.moods = [status(503)]

    def check() -> None:
        if host.heard:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        chat.answer(Animal, SYSTEM, USER, check=check)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("how", ["hangs", "drips"])
def test_a_server_that_takes_too_long_is_given_up(settings: ModelSettings, host: Talker, line: Wire, how: str) -> None:
    chat = Chat(replace(settings, answer_s=0.5), line=line, patience=QUICK)
    host.moods = [endless(b" ", 0.02) if how == "drips" else hanging(host)]
    began = time.monotonic()
    assert "did not answer in time" in away(chat).message
    assert time.monotonic() - began < 5
    eventually(lambda: host.heard, within_s=5)  # it may read what was sent only after we have gone
    assert len(host.heard) == 1, "who waits has waited long enough"


# ---- the circuit breaker


def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(chat: Chat, host: Talker, clock: Clock) -> None:
    host.moods = [raw("application/json", b"")] * 4
    for _ in range(3):
        away(chat)
    assert "failed 3 times in a row; it is asked again in" in away(chat).message
    assert len(host.heard) == 3
    clock.forward(15)
    assert "it is no JSON" in away(chat).message
    assert "asked again" in away(chat).message
    assert len(host.heard) == 4
    clock.forward(15)
    assert answered(chat)
    assert answered(chat)
