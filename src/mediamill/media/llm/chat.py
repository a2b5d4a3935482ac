"""A language model behind OpenAI's chat API that answers in the form of a pydantic model."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from mediamill.core.errors import PermanentError
from mediamill.media.llm.answers import NoObject, Said, Unreadable, after_thoughts, object_in, said_in
from mediamill.media.llm.schema import strict
from mediamill.media.llm.way import MOST_TOKENS, Form, Way, too_long
from mediamill.media.remote.addresses import endpoint
from mediamill.media.remote.refusal import Refusal
from mediamill.media.remote.server import Patience, Peer, Request, Server
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings

_PATH: Final = "/chat/completions"
#: An answer of ours has some 20 kB; thoughts may be longer.
_MOST_BYTES: Final = 2 * 2**20
#: How often a model may mend an answer of the wrong form.
_REPAIRS: Final = 2
#: Faults that it is told of at once.
_MOST_FAULTS: Final = 20
#: Of an answer that is to be mended, what the model is shown again.
_MOST_QUOTED: Final = 20_000
#: Codes of what an operator chose.
_OURS: Final = re.compile("model|key")
_PATIENCE: Final = Patience(attempts=4, first_s=1.0, longest_s=30.0, pause_s=60.0)
_FORM: Final = (
    "Answer with one JSON object and nothing else: no words before or after it, no Markdown fence. "
    "It has to fit this JSON schema:\n"
)

M = TypeVar("M", bound=BaseModel)


class Chat:
    """One model of one server. Which way of asking that server takes is remembered. One for a process."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        line: Wire | None = None,
        patience: Patience = _PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._url = endpoint(settings.url, _PATH)
        peer = Peer("the language model", settings.url, settings.api_key, code="LLM_AWAY")
        self._server = Server(peer, patience, line=line, now=now)
        self._way = Way()

    @property
    def version(self) -> str:
        """A mark of the server's address, and its model. What that server changes, nobody tells us."""
        return f"{hashlib.sha256(self._url.encode()).hexdigest()[:12]}+{self._settings.model}"

    def answer(self, model: type[M], system: str, user: str, *, check: Callable[[], None] | None = None) -> M:
        """Return what the language model answers, as `model` has it.

        model: its JSON schema is what is asked for, where the server takes one; its validators have the last word, and
            what they say is told to the language model, which may mend its answer twice. See `schema.strict`.
        system, user: what it is to do, and with what.
        check: is called five times a second while this waits; when it raises, the connection is closed.

        Raises RetryableError with code LLM_AWAY when the server does not answer, or nobody asks it for a while;
        PermanentError with code LLM_DENIED when whoever runs this has to mend something (the key, the model's name),
        LLM_TOO_LONG when `user` and an answer to it are longer than the model's context, LLM_REFUSED when there is no
        answer of that form.
        """
        schema = strict(model)
        asked = {"role": "user", "content": user}
        talk = [asked]
        faults: list[str] = []
        for _ in range(1 + _REPAIRS):
            said = self._said(system, talk, schema, check)
            try:
                return model.model_validate(object_in(said.text))
            except NoObject:
                if said.cut and said.tokens is not None and said.tokens < MOST_TOKENS:
                    why = "had no room left for its whole answer"
                    raise self._server.refused(why, code="LLM_TOO_LONG") from None
                faults = ["it was cut off at its end: be shorter" if said.cut else "it is no JSON object"]
            except ValidationError as error:
                faults = _faults(error)
            talk = [asked, {"role": "assistant", "content": _quoted(said)}, _repair(faults, schema)]
        # Not the faults themselves: they quote the document.
        wrong = f"{len(faults)} fault{'s' * (len(faults) != 1)} after {_REPAIRS} repairs"
        raise self._server.refused(f"does not answer in the form that is wanted: {wrong}", code="LLM_REFUSED")

    def _said(
        self, system: str, talk: list[dict[str, str]], schema: dict[str, Any], check: Callable[[], None] | None
    ) -> Said:
        """Ask in the way that the server took last, or takes now."""
        way = self._way
        while True:
            first = system if way.form is Form.SCHEMA else f"{system}\n\n{_FORM}{json.dumps(schema)}"
            found = self._asked(way.body(self._settings.model, first, talk, schema), check)
            if isinstance(found, Said):
                self._way = way
                break
            other = way.after(found)
            if other is None:
                raise self._permanent(found)
            way = other
        if found.declined:
            raise self._server.refused("declined to answer", code="LLM_REFUSED")
        return found

    def _asked(self, body: Mapping[str, object], check: Callable[[], None] | None) -> Said | Refusal:
        answer_s = self._settings.answer_s
        with self._server.calling():
            reply = self._server.ask(Request(self._url, answer_s, answer_s, _MOST_BYTES, body), check)
            if not reply.ok:
                return Refusal.of(reply)
            try:
                return said_in(reply.raw)
            except Unreadable as wrong:
                raise self._server.away(f"sent {len(reply.raw):,} bytes, and {wrong}") from wrong

    def _permanent(self, refusal: Refusal) -> PermanentError:
        if too_long(refusal):
            return self._server.refused(f"cannot read as much as it was sent ({refusal.told})", code="LLM_TOO_LONG")
        if refusal.of_request and not _OURS.search(refusal.code):
            return self._server.refused(f"refused the request ({refusal.told})", code="LLM_REFUSED")
        why = "what it is asked for says LLM_BASE_URL and LLM_MODEL"
        if refusal.keyless:
            why = f"it {'does not take our key' if self._settings.api_key else 'wants a key'}: LLM_API_KEY"
        return self._server.refused(f"answers {refusal.told}; {why}", code="LLM_DENIED")


def _quoted(said: Said) -> str:
    """Return what the model said, without its thoughts. Some servers take no empty words."""
    return after_thoughts(said.text)[:_MOST_QUOTED].strip() or "(nothing)"


def _repair(faults: list[str], schema: dict[str, Any]) -> dict[str, str]:
    listed = "\n".join(f"- {fault}" for fault in faults)
    return {
        "role": "user",
        "content": f"That answer cannot be used:\n{listed}\n\nGive the whole answer again, mended. "
        f"{_FORM}{json.dumps(schema, ensure_ascii=False)}",
    }


def _faults(error: ValidationError) -> list[str]:
    """Say what is wrong, and where, for the model to read."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{'.'.join(map(str, each['loc'])) or 'the object'}: {each['msg']}" for each in found[:_MOST_FAULTS]]
