"""What a language model answered: taken out of the server's words, and JSON out of the model's."""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from pydantic import BaseModel, Field, ValidationError

#: What reasoning models end their thinking with, where the server leaves it in.
_THOUGHT: Final = "</think>"
#: Braces at which an object might begin; a text with more of them holds none.
_MOST_TRIES: Final = 32


class Unreadable(Exception):  # noqa: N818 - named for what was received
    """This is no answer of a chat; the message says why."""


class NoObject(Exception):  # noqa: N818 - named for what is missing
    """There is no whole JSON object in a text."""


@dataclass(frozen=True)
class Said:
    """What a model said. declined: it does not want to, or its server does not.

    cut: it was stopped before its end. tokens: how long that is, with its thoughts; None: its server does not say.
    """

    text: str
    cut: bool = False
    declined: bool = False
    tokens: int | None = None


class _Part(BaseModel):
    type: str = ""
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        """The answer alone: some servers send the thoughts as a part of their own."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type in {"text", "output_text"})
        return self.content or ""


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: Any = None

    @property
    def tokens(self) -> int | None:
        """How long the answer is, if that is told."""
        found = self.usage.get("completion_tokens") if isinstance(self.usage, dict) else None
        return found if isinstance(found, int) else None


def said_in(raw: bytes) -> Said:
    """Return what the model said. Raises Unreadable when the server's answer is no chat completion."""
    try:
        completion = _Completion.model_validate_json(raw)
    except ValidationError as error:
        kind: Literal["JSON", "answer of a chat"] = "answer of a chat"
        if any(each["type"] == "json_invalid" for each in error.errors(include_url=False, include_input=False)):
            kind = "JSON"
        raise Unreadable(f"it is no {kind}") from None  # the error has the text in it
    choice = completion.choices[0]
    text = choice.message.text
    return Said(
        text,
        cut=choice.finish_reason == "length",
        declined=choice.finish_reason == "content_filter" or (choice.message.refusal is not None and not text),
        tokens=completion.tokens,
    )


def after_thoughts(text: str) -> str:
    """Return what stands behind the thoughts of a model that thinks aloud."""
    return text.rpartition(_THOUGHT)[2]


def object_in(text: str) -> dict[str, Any]:
    """Return the first JSON object in a model's words: alone, in a fence, behind its thoughts or among prose.

    Raises NoObject when there is none, or only the beginning of one.
    """
    for words in dict.fromkeys((after_thoughts(text), text)):
        found = _first(words)
        if found is not None:
            return found
    raise NoObject


def _first(text: str) -> dict[str, Any] | None:
    place = -1
    for _ in range(_MOST_TRIES):
        place = text.find("{", place + 1)
        if place < 0:
            break
        try:
            found, _end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
