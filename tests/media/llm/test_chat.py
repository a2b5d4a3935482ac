"""A language model behind OpenAI's API, before a server on this machine that answers well, badly, or not at all."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, Field, field_validator
from tests.engine.mill import Clock
from tests.media.llm.talkers import Talker, picky, refusing, saying, talker
from tests.media.loopback import Answer, dropped, endless, hanging, raw, status

from mediamill import Cancelled, PermanentError, RetryableError
from mediamill.media.llm.chat import Chat
from mediamill.media.remote.server import Patience
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings

KEY = "sk-tiger-0123456789"
QUICK = Patience(attempts=3, first_s=0.001, longest_s=0.05, pause_s=15)
SYSTEM, USER = "You name animals.", "The zebra crossed the road."
GOOD = {"animal": "zebra", "legs": 4}


class Animal(BaseModel):
    """An animal."""

    animal: str = Field(min_length=1, max_length=20, description="Its name.")
    legs: int = Field(ge=0, le=100)

    @field_validator("animal")
    @classmethod
    def _real(cls, animal: str) -> str:
        if animal == "unicorn":
            raise ValueError("there is no unicorn")
        return animal


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def host() -> Iterator[Talker]:
    with talker(GOOD) as host:
        yield host


@pytest.fixture
def settings(host: Talker) -> ModelSettings:
    return ModelSettings(host.url, "zoo-1", KEY, answer_s=5)


@pytest.fixture
def chat(settings: ModelSettings, line: Wire, clock: Clock) -> Chat:
    return Chat(settings, line=line, patience=QUICK, now=clock)


def ask(chat: Chat) -> Animal:
    return chat.answer(Animal, SYSTEM, USER)


def answered(chat: Chat) -> bool:
    return ask(chat) == Animal(animal="zebra", legs=4)


def away(chat: Chat) -> RetryableError:
    """Ask; return why nobody answered."""
    with pytest.raises(RetryableError) as caught:
        ask(chat)
    assert caught.value.code == "LLM_AWAY"
    return caught.value


def form(body: dict[str, Any]) -> str:
    return str(body.get("response_format", {}).get("type", "none"))


# ---- what is asked, and what comes


def test_an_answer_is_asked_for_by_its_schema(chat: Chat, host: Talker) -> None:
    assert answered(chat)
    (heard,) = host.heard
    asked = heard.body["response_format"]
    assert (asked["type"], asked["json_schema"]["strict"]) == ("json_schema", True)
    assert asked["json_schema"]["schema"]["properties"]["animal"] == {
        "type": "string",
        "description": "Its name. 1 to 20 characters.",
    }
    assert heard.body["model"] == "zoo-1"
    assert heard.body["messages"] == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]
    assert heard.body["max_completion_tokens"] == 16_384
    assert heard.headers["Authorization"] == f"Bearer {KEY}"
    assert heard.headers["Accept-Encoding"] == "identity"


def test_no_key_is_sent_where_there_is_none(settings: ModelSettings, host: Talker, line: Wire) -> None:
    assert answered(Chat(replace(settings, api_key=None), line=line))
    assert "Authorization" not in host.heard[0].headers


def test_connections_are_kept(chat: Chat, host: Talker) -> None:
    assert all(answered(chat) for _ in range(3))
    assert len({heard.peer for heard in host.heard}) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{json.dumps(GOOD)}\n```",
        f"<think>A unicorn {{}}? No.</think>\n{json.dumps(GOOD)}",
        f"Sure! {json.dumps(GOOD)} Anything else?",
    ],
    ids=["fence", "thoughts", "prose"],
)
def test_json_is_found_in_what_surrounds_it(chat: Chat, host: Talker, text: str) -> None:
    host.moods = [saying(text, reasoning_content="Hm. {", tool_calls=None, unheard_of={"x": 1})]
    assert answered(chat)
    assert len(host.heard) == 1


def test_the_version_changes_with_the_server_and_the_model() -> None:
    def version(url: str, model: str, key: str | None = None) -> str:
        return Chat(ModelSettings(url, model, key)).version

    assert version("http://a", "m") == version("http://a/v1", "m", KEY)
    assert len({version("http://a", "m"), version("http://b", "m"), version("http://a", "n")}) == 3
    assert "http" not in version("http://a", "m")


# ---- servers that know less


def test_a_server_without_schemas_is_asked_for_an_object_and_then_by_words(chat: Chat, host: Talker) -> None:
    host.moods = [picky("json_schema", "json_object", well=saying(GOOD))] * 6
    assert answered(chat)
    assert [form(heard.body) for heard in host.heard] == ["json_schema", "json_object", "none"]
    for heard in host.heard[1:]:
        first = heard.body["messages"][0]["content"]
        assert first.startswith(SYSTEM)
        assert '"required": ["animal", "legs"]' in first


def test_what_a_server_takes_is_remembered(chat: Chat, host: Talker) -> None:
    host.moods = [picky("json_schema", "max_completion_tokens", well=saying(GOOD))] * 4
    assert answered(chat)
    assert answered(chat)
    *before, last = host.heard
    assert len(before) == 3, "two ways were refused, and the third was taken"
    assert (form(last.body), "max_completion_tokens" in last.body, last.body["max_tokens"]) == (
        "json_object",
        False,
        16_384,
    )


def test_what_was_only_tried_is_not_remembered(chat: Chat, host: Talker) -> None:
    host.moods = [picky("json_schema", "json_object", well=status(500))] * 5
    away(chat)
    assert answered(chat)
    assert form(host.heard[-1].body) == "json_schema"


@pytest.mark.parametrize(
    ("refusal", "limit"),
    [
        (
            refusing(
                "Unsupported parameter: 'max_completion_tokens'. Use 'max_tokens' instead.",
                param="max_completion_tokens",
                code="unsupported_parameter",
            ),
            "max_tokens",
        ),
        (
            status(422, {"detail": [{"loc": ["body", "max_completion_tokens"], "type": "extra_forbidden"}]}),
            "max_tokens",
        ),
        (
            refusing("This model's maximum context length is 8192 tokens, you requested 20000 (4000 in the messages)"),
            "",
        ),
    ],
    ids=["OpenAI", "FastAPI", "vLLM"],
)
def test_a_limit_that_is_refused_is_called_otherwise_or_left_out(
    chat: Chat, host: Talker, refusal: Answer, limit: str
) -> None:
    host.moods = [refusal]
    assert answered(chat)
    last = host.heard[-1].body
    assert [name for name in ("max_completion_tokens", "max_tokens") if name in last] == [limit] * bool(limit)
    assert form(last) == "json_schema"


def test_a_model_that_knows_no_schemas_is_not_taken_for_one_that_there_is_not(chat: Chat, host: Talker) -> None:
    host.moods = [refusing("Not with this model", param="response_format.type", code="model_feature_unsupported")]
    assert answered(chat)
    assert form(host.heard[-1].body) == "json_object"


def test_a_model_without_a_system_role_gets_all_in_one_message(chat: Chat, host: Talker) -> None:
    host.moods = [refusing("System role not supported")]
    assert answered(chat)
    assert host.heard[-1].body["messages"] == [{"role": "user", "content": f"{SYSTEM}\n\n{USER}"}]


def test_a_server_that_refuses_everything_is_not_asked_for_ever(chat: Chat, host: Talker) -> None:
    host.moods = [refusing("No.")] * 20
    with pytest.raises(PermanentError, match=r"refused the request \(400 invalid_request_error\)") as refused:
        ask(chat)
    assert refused.value.code == "LLM_REFUSED"
    assert len(host.heard) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        refusing("Your input exceeds the context window of this model.", code="context_length_exceeded"),
        status(
            400,
            {
                "error": {
                    "code": 400,
                    "message": "exceeds the available context size",
                    "type": "exceed_context_size_error",
                }
            },
        ),
        refusing("This model's maximum context length is 4096 tokens"),
        status(
            400, {"object": "error", "message": "max_tokens must be at least 1, got -186.", "param": None, "code": 400}
        ),
        status(413, {"error": {"message": "Request too large for model", "code": "rate_limit_exceeded"}}),
    ],
    ids=["OpenAI", "llama.cpp", "vLLM", "vLLM with nothing left", "413"],
)
def test_a_text_that_is_too_long_is_told_from_other_refusals(chat: Chat, host: Talker, refusal: Answer) -> None:
    host.moods = [refusal] * 20
    with pytest.raises(PermanentError, match="cannot read as much as it was sent") as refused:
        ask(chat)
    assert refused.value.code == "LLM_TOO_LONG"
    assert 2 <= len(host.heard) <= 3, "with a limit, which may be what is too much, and without"


def test_an_answer_without_room_for_its_end_means_that_the_text_is_too_long(chat: Chat, host: Talker) -> None:
    """Some servers cut what they are sent to their context, and the answer too, and tell nobody."""
    host.moods = [saying('{"animal": "zeb', reason="length", tokens=412)]
    with pytest.raises(PermanentError, match="had no room left for its whole answer") as refused:
        ask(chat)
    assert refused.value.code == "LLM_TOO_LONG"
    assert len(host.heard) == 1


# ---- answers of a wrong form


def test_what_is_wrong_is_told_to_the_model_which_mends_it(chat: Chat, host: Talker) -> None:
    host.moods = [saying({"animal": "unicorn", "legs": 400})]
    assert answered(chat)
    first, second = host.heard
    before, after = first.body["messages"], second.body["messages"]
    assert after[:2] == before
    assert after[2] == {"role": "assistant", "content": '{"animal": "unicorn", "legs": 400}'}
    assert (
        "- animal: Value error, there is no unicorn\n- legs: Input should be less than or equal to 100"
        in (after[3]["content"])
    )


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        (saying("I would rather not."), "it is no JSON object"),
        (saying('{"animal": "zeb', reason="length"), "it was cut off at its end: be shorter"),
        (saying('{"animal": "zeb', reason="length", tokens=16_384), "it was cut off at its end: be shorter"),
        (saying([]), "it is no JSON object"),
        (saying('{"animal": "a\\ud800", "legs": 4}'), "- animal: "),
        (saying({}), "- animal: Field required\n- legs: Field required"),
        (saying("<think>Hm</think>"), "it is no JSON object"),
    ],
    ids=["prose", "cut", "cut at our limit", "list", "half a character", "nothing", "thoughts only"],
)
def test_an_answer_of_another_form_is_asked_for_again(chat: Chat, host: Talker, mood: Answer, told: str) -> None:
    host.moods = [mood, mood]
    assert answered(chat)
    assert len(host.heard) == 3
    assert told in host.heard[1].body["messages"][3]["content"]
    assert all(message["content"] for message in host.heard[1].body["messages"])


def test_a_model_that_never_gets_it_right_is_given_up(
    chat: Chat, host: Talker, logged: list[structlog.typing.EventDict]
) -> None:
    host.moods = [saying({"animal": "unicorn", "legs": 4})] * 5
    with pytest.raises(PermanentError, match="in the form that is wanted: 1 fault after 2 repairs") as refused:
        ask(chat)
    assert refused.value.code == "LLM_REFUSED"
    assert len(host.heard) == 3
    assert "unicorn" not in f"{refused.value!r} {logged}"
    host.moods = []
    assert answered(chat), "it was no failure of the server's"


@pytest.mark.parametrize("mood", [saying("", reason="content_filter"), saying("", refusal="I am sorry.")])
def test_a_model_that_declines_is_not_argued_with(chat: Chat, host: Talker, mood: Answer) -> None:
    host.moods = [mood]
    with pytest.raises(PermanentError, match="declined to answer") as refused:
        ask(chat)
    assert refused.value.code == "LLM_REFUSED"
    assert len(host.heard) == 1


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

    def check() -> None:
        if host.waiting.is_set():
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        chat.answer(Animal, SYSTEM, USER, check=check)
    assert time.monotonic() - began < 3
    assert host.left.wait(5), "the connection is closed"
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
    chat = Chat(replace(settings, answer_s=0.2), line=line, patience=QUICK)
    host.moods = [endless(b" ", 0.02) if how == "drips" else hanging(host)]
    began = time.monotonic()
    assert "did not answer in time" in away(chat).message
    assert time.monotonic() - began < 5
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
