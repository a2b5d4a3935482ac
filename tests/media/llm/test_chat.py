"""A language model behind OpenAI's API, before a server on this machine that answers well, badly, or not at all."""

import json
from dataclasses import replace

import pytest
import structlog
from tests.media.llm.animals import GOOD, KEY, SYSTEM, USER, answered, ask, away, form
from tests.media.llm.talkers import Talker, picky, refusing, saying
from tests.media.loopback import Answer, status

from mediamill import PermanentError
from mediamill.media.llm.chat import Chat
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings

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
