"""What an engine must do, and the ones there are."""

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from mediamill.core.errors import PermanentError
from mediamill.media.voices import catalog
from mediamill.media.voices.utterance import Utterance
from mediamill.media.voices.voice import Voice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediamill.settings import ProviderSettings

    Pcm = NDArray[np.int16]


class Engine(Protocol):
    """Turns a sentence into sound. One sentence at a time, one process at a time."""

    @property
    def name(self) -> str:
        """What `Voice.engine` calls it."""
        ...

    @property
    def reads_ipa(self) -> bool:
        """Whether it says a `Span.ipa` as written; a voice of another engine needs a respelling."""
        ...

    @property
    def reads_figures(self) -> bool:
        """Whether it reads numbers, dates and abbreviations well by itself: then it gets the text as it was written."""
        ...

    def version(self, voice: Voice) -> str:
        """Return what changes whenever the same text may sound different; cheap, loads no model."""
        ...

    def speak(self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None) -> "Pcm":
        """Return the sound of one sentence: int16, shape (frames,), mono, at `voice.rate_hz`.

        speed: 1.0 is the voice's own pace, 2.0 twice as fast. check: is called while this takes long, and
        may raise, which ends it: `ctx.check`. Empty when nothing in it can be said.
        Raises PermanentError with code ENGINE_REFUSED when the engine cannot say this sentence, and
        RetryableError with code VOICE_AWAY when it cannot say anything now: a provider that does not
        answer. For both another voice stands in where there is one. Raises PermanentError with code
        ENGINE_BROKEN or VOICE_DENIED when whoever runs this machine has to mend something.
        """
        ...


def engine_named(name: str) -> Engine:
    """Return the engine, one per process. Raises KeyError for a name that no Voice has.

    Raises PermanentError with code ENGINE_BROKEN when its package is not installed here.
    """
    settings = catalog.used() if name == "service" else None
    provider = settings.provider if settings else None
    try:
        return _engine(name, provider, os.getpid())
    except ImportError as missing:
        raise PermanentError(
            f"the engine {name} cannot speak here: {missing.name or name} is not installed", code="ENGINE_BROKEN"
        ) from missing


# Each engine brings its own libraries; a process that only reads Vietnamese loads no model. A fork begins
# anew: no connection, no thread and no model of its parent's is used.
@functools.cache
def _engine(name: str, provider: "ProviderSettings | None", _pid: int) -> Engine:
    match name:
        case "hibari":
            from mediamill.media.voices.engines.hibari import Hibari  # noqa: PLC0415 - see above

            return Hibari()
        case "espeak-ng":
            from mediamill.media.voices.engines.espeak import Espeak  # noqa: PLC0415

            return Espeak()
        case "piper":
            from mediamill.media.voices.engines.piper import Piper  # noqa: PLC0415

            return Piper()
        case "edge":
            from mediamill.media.voices.engines.edge import Edge  # noqa: PLC0415

            return Edge()
        case "service" if provider is not None:
            from mediamill.media.voices.engines.provider import Provider  # noqa: PLC0415

            return Provider(provider)
    raise KeyError(name)
