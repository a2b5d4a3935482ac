"""Language models behind OpenAI's chat API. Cheap to import."""

import functools
import os
from typing import TYPE_CHECKING

from mediamill.media import remote

if TYPE_CHECKING:
    from mediamill.media.llm.chat import Chat
    from mediamill.settings import ModelSettings

__all__ = ["model"]


def model() -> "Chat | None":
    """Return the language model that this process was set up with, one per process; None: there is none."""
    settings = remote.language_model()
    return _model(settings, os.getpid()) if settings else None


# A fork begins anew: no connection and no thread of its parent's is used.
@functools.cache
def _model(settings: "ModelSettings", _pid: int) -> "Chat":
    from mediamill.media.llm.chat import Chat  # noqa: PLC0415 - only where there is one

    return Chat(settings)
