"""JSON in the words of a language model, and those in the words of its server."""

import json

import pytest

from mediamill.media.llm.answers import NoObject, Said, Unreadable, object_in, said_in

OBJECT = {"title": "Bees", "scenes": [{"code": "if (a) { b }", "thought": "</think>"}]}
WRITTEN = json.dumps(OBJECT)


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"\n\ufeff {WRITTEN} \n",
        f"```json\n{WRITTEN}\n```",
        f"~~~\n{WRITTEN}\n~~~",
        f"Here is the script:\n\n```\n{json.dumps(OBJECT, indent=2)}\n```\nTell me if {{more}} is wanted.",
        f"A set {{1, 2}} and a {{thing}}: {WRITTEN}",
    ],
    ids=["alone", "blanks", "fence", "tildes", "prose", "braces"],
)
def test_an_object_is_found(text: str) -> None:
    assert object_in(text) == OBJECT


@pytest.mark.parametrize(
    "text",
    [
        '<think>\nI could say {"title": "no"} or so.\n</think>\n\n{"title": "yes"}',
        'I could say {"title": "no"}.\n</think>{"title": "yes"}',
        '<think></think>```json\n{"title": "yes"}\n```',
    ],
    ids=["whole", "begun by the server", "empty"],
)
def test_thoughts_are_put_aside(text: str) -> None:
    assert object_in(text) == {"title": "yes"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I am sorry, I cannot do that.",
        '{"title": "Bees", "scenes": [{"ti',
        "[1, 2]",
        "{'title': 'Bees'}",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a":' * 100_000,
        "{" * 100_000,
        "<think>It never ends",
    ],
    ids=["empty", "prose", "cut", "list", "Python", "NaN", "Infinity", "deep", "braces", "thoughts"],
)
def test_what_holds_no_object_holds_none(text: str) -> None:
    with pytest.raises(NoObject):
        object_in(text)


def completion(content: object, **choice: object) -> bytes:
    message = {"role": "assistant", "content": content, "reasoning_content": "hm"}
    return json.dumps({"choices": [{"message": message, **choice}], "usage": None}).encode()


def test_the_words_of_a_completion_are_found() -> None:
    assert said_in(completion("hello", finish_reason="stop")) == Said("hello")
    assert said_in(completion("hel", finish_reason="length")) == Said("hel", cut=True)
    assert said_in(completion(None, finish_reason="content_filter")) == Said("", declined=True)
    counted = json.dumps({"choices": [{"message": {"content": "hello"}}], "usage": {"completion_tokens": 3}})
    assert said_in(counted.encode()) == Said("hello", tokens=3)
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]
    assert said_in(completion(parts)) == Said("hello")
    refusal = {"choices": [{"message": {"content": None, "refusal": "No."}}]}
    assert said_in(json.dumps(refusal).encode()) == Said("", declined=True)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it is no JSON"),
        (b"<html>Sign in, tiger</html>", "it is no JSON"),
        (b'{"choices": []}', "it is no answer of a chat"),
        (b'{"error": {"message": "tiger"}}', "it is no answer of a chat"),
        (b'{"choices": [{"text": "tiger"}]}', "it is no answer of a chat"),
        (b"[" * 100_000, "it is no JSON"),
        (b'{"choices": [{"message": {"content": "\xff"}}]}', "it is no JSON"),
    ],
)
def test_what_is_no_completion_is_told_without_its_words(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as caught:
        said_in(raw)
    assert caught.value.__cause__ is None
    assert "tiger" not in str(caught.value)
