"""What a language model is asked for in these tests: the animal of a sentence."""

from typing import Any

import pytest
from pydantic import BaseModel, Field, field_validator

from mediamill import RetryableError
from mediamill.media.llm.chat import Chat
from mediamill.media.remote.server import Patience

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
