"""Whether servers of others that were set up are there: a part of `mediamill doctor`. They are sent no text."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ValidationError

from mediamill.cli.finding import Finding
from mediamill.client.connect import is_here
from mediamill.settings import ModelSettings, Settings

_ASK_S: Final = 3.0
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
#: Models that are named to somebody who asked for one that there is not.
_NAMED: Final = 6


@dataclass(frozen=True)
class Asked:
    """A server. what: as a finding has it. url_name, key_name, model_name: the settings. model: "": any will do."""

    what: str
    url: str
    api_key: str | None
    url_name: str
    key_name: str
    model_name: str = ""
    model: str = ""


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def models_here(settings: Settings) -> Iterator[Finding]:
    """Say whether a language model and a model of pictures are set up, and answer."""
    llm, images = settings.remote.llm, settings.remote.images
    if llm is None:
        yield Finding("llm", "ok", "is off: videos and flashcards are made without one; LLM_BASE_URL sets one up")
    else:
        yield answering(_asked("llm", llm, "LLM_BASE_URL", "LLM_API_KEY", "LLM_MODEL"))
    if images is not None:
        yield answering(_asked("images", images, "IMAGE_BASE_URL", "IMAGE_API_KEY", "IMAGE_MODEL"))


def _asked(what: str, settings: ModelSettings, url_name: str, key_name: str, model_name: str) -> Asked:
    return Asked(what, settings.url, settings.api_key, url_name, key_name, model_name, settings.model)


def answering(asked: Asked) -> Finding:
    """Ask a server for its models, which says whether it is there, takes our key and has ours."""
    import httpx2  # noqa: PLC0415 - only where there is one

    from mediamill.media.remote.addresses import models  # noqa: PLC0415

    url = models(asked.url)
    headers = {"Authorization": f"Bearer {asked.api_key}"} if asked.api_key else {}
    try:
        answer = httpx2.get(url, headers=headers, timeout=_ASK_S, trust_env=not is_here(url))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Finding(asked.what, "bad", f"{asked.url_name}: {url} cannot be reached ({type(error).__name__})")
    there = f"the server of {asked.url_name}"
    if answer.status_code in _DENIED:
        why = f"does not take {asked.key_name}" if asked.api_key else f"wants a key: {asked.key_name}"
        return Finding(asked.what, "bad", f"{there} {why} ({answer.status_code})")
    if not answer.is_success:
        return Finding(asked.what, "note", f"{there} is there; it lists no models ({answer.status_code})")
    return _with_model(asked, answer.content) or Finding(asked.what, "ok", f"{there} answers")


def _with_model(asked: Asked, raw: bytes) -> Finding | None:
    """Return what is to be said of the model; None where the server does not tell which it has."""
    if not asked.model:
        return None
    try:
        names = [model.id for model in _Models.model_validate_json(raw).data]
    except ValidationError:
        return None
    if not names:
        return None
    # Ollama lists `llama3.2:latest` and takes `llama3.2`; Gemini lists `models/gemini-...`.
    known = {*names, *(name.removesuffix(":latest") for name in names), *(name.rpartition("/")[2] for name in names)}
    if asked.model in known:
        return Finding(asked.what, "ok", f"the server of {asked.url_name} answers, and has {asked.model}")
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    words = f"the server of {asked.url_name} lists no {asked.model} ({asked.model_name}), only "
    return Finding(asked.what, "note", words + ", ".join(names[:_NAMED]) + more)
