"""In which way a server is asked: what one takes, the next one refuses."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from mediamill.media.remote.refusal import Refusal

#: Of an answer, with the thoughts of a model that thinks.
MOST_TOKENS: Final = 16_384
_FORMAT: Final = "response_format"
_TOKENS: Final = re.compile(r"max_(?:completion_)?tokens")
_NO_SYSTEM: Final = re.compile(r"system.{0,20}(?:role|message|prompt)", re.IGNORECASE)
#: Codes of what it will not do in any other way either.
_FINAL: Final = re.compile(r"content|policy|moderation|safety|model|key|quota|billing|credit", re.IGNORECASE)
_TOO_LONG: Final = re.compile(
    r"context[_ ](?:length|size|window)|maximum context|prompt is too long|too many (?:input )?tokens"
    r"|max_tokens must be at least",
    re.IGNORECASE,
)


class Form(Enum):
    """How a server is told that the answer has to be JSON: by a schema, by a word, or only by the prompt."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    PLAIN = "text"


_WEAKER: Final = {Form.SCHEMA: Form.OBJECT, Form.OBJECT: Form.PLAIN}
#: How a server calls the longest answer: OpenAI today, others and OpenAI before; not at all.
_LIMITS: Final = ("max_completion_tokens", "max_tokens", "")


@dataclass(frozen=True)
class Way:
    """limit: the name of the parameter that bounds an answer; "": none is sent. system: it knows that role."""

    form: Form = Form.SCHEMA
    limit: str = _LIMITS[0]
    system: bool = True

    def body(self, model: str, system: str, talk: list[dict[str, str]], schema: dict[str, Any]) -> dict[str, object]:
        """Return what is asked. system: what the model is told first. talk: what was said then."""
        body: dict[str, object] = {"model": model, "messages": self._messages(system, talk)}
        if self.limit:
            body[self.limit] = MOST_TOKENS
        if self.form is Form.SCHEMA:
            named = {"name": "answer", "strict": True, "schema": schema}
            body[_FORMAT] = {"type": self.form.value, "json_schema": named}
        elif self.form is Form.OBJECT:
            body[_FORMAT] = {"type": self.form.value}
        return body

    def after(self, refusal: Refusal) -> "Way | None":
        """Return another way to ask what was refused; None: there is none that could help."""
        if not refusal.of_request or (refusal.field != _FORMAT and _FINAL.search(refusal.code)):
            return None
        if self.limit and (refusal.field == self.limit or refusal.speaks_of(_TOKENS)):
            return replace(self, limit=_LIMITS[_LIMITS.index(self.limit) + 1])
        if too_long(refusal):  # together with the answer that we would take
            return replace(self, limit="") if self.limit else None
        if self.system and refusal.speaks_of(_NO_SYSTEM):
            return replace(self, system=False)
        return replace(self, form=_WEAKER[self.form]) if self.form in _WEAKER else None

    def _messages(self, system: str, talk: list[dict[str, str]]) -> list[dict[str, str]]:
        if self.system:
            return [{"role": "system", "content": system}, *talk]
        first, *others = talk
        return [{"role": first["role"], "content": f"{system}\n\n{first['content']}"}, *others]


def too_long(refusal: Refusal) -> bool:
    """Whether a server says that it was sent more than its model can read."""
    return refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or refusal.speaks_of(_TOO_LONG)
