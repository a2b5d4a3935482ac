"""A script by a language model, where one is set up; what goes wrong there stops no video."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from mediamill import Context, PermanentError, RetryableError
from mediamill.media import llm
from mediamill.media.documents import Document
from mediamill.services.videos import prompt
from mediamill.services.videos.excerpt import excerpt
from mediamill.services.videos.script import Script

if TYPE_CHECKING:
    from mediamill.media.llm.chat import Chat

#: What a model is given of a document, characters: of the first some 12,000 tokens in English, 20,000 in Vietnamese.
#: The next one is for a server that says that this is too long.
_SIZES: Final = (48_000, 24_000, 12_000, 6_000)


@dataclass(frozen=True)
class Authored:
    """script: None when there is none. fault: why there is none, though a model was set up."""

    script: Script | None
    fault: str = ""


def authored(document: Document, language: str | None, ctx: Context) -> Authored:
    """Return the script that the language model writes of a document; a document's script is written once.

    One that was kept and breaks our rules by now is asked for again, once.
    language: of the script; None: the document's own.
    """
    chat = llm.model()
    if chat is None:
        return Authored(None)
    key = f"author:{chat.version}:{prompt.digest(document, language)}"
    try:
        for place in (key, f"{key}:again"):
            path = ctx.cached(place, lambda to: _write(chat, document, language, ctx, to))
            if script := _kept(path):
                return Authored(script)
            ctx.log("author.unfit")
    except (PermanentError, RetryableError) as failed:
        if not failed.code.startswith("LLM_"):
            raise
        ctx.log("author.away", code=failed.code, why=failed.message)
        return Authored(None, failed.message)
    return Authored(None, "the scripts that the language model wrote before are none any more")


def _kept(path: Path) -> Script | None:
    """Return a script that was kept; None for one of older rules than ours, which an upgrade left behind."""
    try:
        return Script.model_validate_json(path.read_bytes())
    except ValidationError:
        return None


def _write(chat: "Chat", document: Document, language: str | None, ctx: Context, path: Path) -> None:
    draft = _draft(chat, document, language, ctx)
    path.write_text(draft.script(language).model_dump_json(), encoding="utf-8")


def _draft(chat: "Chat", document: Document, language: str | None, ctx: Context) -> prompt.Draft:
    def asked(markdown: str) -> prompt.Draft:
        if len(markdown) < len(document.markdown):
            ctx.log("author.excerpt", chars=len(markdown), of_chars=len(document.markdown))
        return chat.answer(form, rules, prompt.material(document, markdown), check=ctx.check)

    form, rules = prompt.form(document), prompt.system(language)
    *longer, shortest = dict.fromkeys(excerpt(document.markdown, most) for most in _SIZES)
    for markdown in longer:
        try:
            return asked(markdown)
        except PermanentError as refused:
            if refused.code != "LLM_TOO_LONG":
                raise
    return asked(shortest)
