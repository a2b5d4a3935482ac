"""Where a script comes from: the client, a language model, or the document's own structure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mediamill import Context, PermanentError, Tell
from mediamill.media.answering import OnProgress
from mediamill.media.documents import Document, from_text, read
from mediamill.services.videos.author import authored
from mediamill.services.videos.params import Params
from mediamill.services.videos.script import Script
from mediamill.services.videos.writer import write

#: Of the script's share of the progress, what reading the document takes.
_READING: Final = 0.3


class By(StrEnum):
    """Who wrote a script."""

    CLIENT = "client"
    MODEL = "model"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Written:
    """A script. fault: why a language model, which was wanted, did not write it; "": none was wanted, or it did."""

    script: Script
    by: By
    fault: str = ""


def written(params: Params, ctx: Context, tell: Tell) -> Written:
    """Return the script. Raises InvalidInput or PermanentError for a document that is none, or says nothing."""
    tell(0.0, "reading")
    if params.script is not None:
        return Written(params.script, By.CLIENT)
    document = _document(params, ctx, lambda fraction: tell(_READING * fraction, "reading"))
    tell(_READING, "writing")
    by_model = authored(document, params.language, ctx)
    if by_model.script is not None:
        return Written(by_model.script, By.MODEL)
    script = write(document.markdown, language=params.language, check=ctx.check)
    return Written(script, By.DOCUMENT, by_model.fault)


def _document(params: Params, ctx: Context, on_progress: OnProgress) -> Document:
    if params.text is not None:
        return from_text(params.text)
    path = ctx.input("file")
    if path is None:  # the door lets none of these in
        raise PermanentError("there is neither a text nor a file nor a script", code="NO_TEXT")
    return read(path, ctx, on_progress)
