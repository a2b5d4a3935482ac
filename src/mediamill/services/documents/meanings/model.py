"""Meanings by a language model, where one is set up; what goes wrong there costs no card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill import Context, PermanentError, RetryableError
from mediamill.media import llm
from mediamill.services.documents.card import By
from mediamill.services.documents.meanings import prompt
from mediamill.services.documents.meanings.meaning import Meaning
from mediamill.services.documents.params import Translation
from mediamill.services.documents.term import Term

if TYPE_CHECKING:
    from mediamill.media.llm.chat import Chat

#: Terms of one question: an answer that a small model still gets right, and that is cached by itself.
_BATCH: Final = 10
#: Codes after which the next question would fail too.
_HOPELESS: Final = frozenset({"LLM_AWAY", "LLM_DENIED"})


@dataclass(frozen=True)
class Told:
    """meanings: of each term, None where the model told none. fault: why some are missing, though it was set up."""

    meanings: tuple[Meaning | None, ...]
    fault: str = ""


def told(terms: Sequence[Term], translate: Translation | None, ctx: Context, tell: Callable[[float], None]) -> Told:
    """Return what the language model says the terms mean; all None, and no fault, where there is none."""
    chat = llm.model()
    if chat is None:
        return Told((None,) * len(terms))
    found, fault = list[Meaning | None](), ""
    for start in range(0, len(terms), _BATCH):
        tell(start / len(terms))
        ctx.check()
        try:
            found += _batch(chat, terms[start : start + _BATCH], translate, ctx)
        except (PermanentError, RetryableError) as failed:
            if not failed.code.startswith("LLM_"):
                raise
            fault = failed.message
            ctx.log("meanings.away", code=failed.code, why=failed.message)
            if failed.code in _HOPELESS:
                break
            found += [None] * len(terms[start : start + _BATCH])
    tell(1.0)
    return Told((*found, *(None for _ in terms[len(found) :])), fault)


def _batch(chat: "Chat", terms: Sequence[Term], translate: Translation | None, ctx: Context) -> list[Meaning | None]:
    key = f"meanings:{chat.version}:{prompt.digest(terms, translate)}"
    path = ctx.cached(key, lambda to: _ask(chat, terms, translate, ctx, to))
    answer = prompt.Answer.model_validate_json(path.read_bytes())
    by_number = {each.number: each for each in answer.meanings}
    return [_meaning(by_number[number], term) for number, term in enumerate(terms, 1)]


def _ask(chat: "Chat", terms: Sequence[Term], translate: Translation | None, ctx: Context, to: Path) -> None:
    answer = chat.answer(
        prompt.form(terms, translate), prompt.system(translate), prompt.material(terms), check=ctx.check
    )
    to.write_text(answer.model_dump_json(), encoding="utf-8")


def _meaning(told: prompt.Told, term: Term) -> Meaning | None:
    """Return a meaning as a card has it; None where it is the term again."""
    text = " ".join(told.meaning.split()).rstrip(".")
    if not text or text.lower() == term.text.lower():
        return None
    return Meaning(text, By.MODEL, " ".join(told.translation.split()))
