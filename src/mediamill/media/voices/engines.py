"""What an engine must do, and the ones there are."""

import functools
from typing import TYPE_CHECKING, Protocol

from mediamill.media.voices.catalog import Voice
from mediamill.media.voices.utterance import Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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

    def speak(self, utterance: Utterance, voice: Voice, speed: float) -> "Pcm":
        """Return the sound of one sentence: int16, shape (frames,), mono, at `voice.rate_hz`.

        speed: 1.0 is the voice's own pace, 2.0 twice as fast. Empty when nothing in it can be said.
        Raises PermanentError with code ENGINE_REFUSED when the engine cannot say this sentence, and
        RetryableError with code VOICE_AWAY when it cannot say anything now: a provider that does not
        answer. For both another voice stands in where there is one.
        """
        ...


@functools.cache
def engine_named(name: str) -> Engine:
    """Return the engine, one per process. Raises KeyError for a name that no Voice has."""
    # Each engine brings its own libraries; a process that only reads Vietnamese loads no model.
    if name == "hibari":
        from mediamill.media.voices.hibari import Hibari  # noqa: PLC0415 - see above

        return Hibari()
    if name == "espeak-ng":
        from mediamill.media.voices.espeak import Espeak  # noqa: PLC0415 - see above

        return Espeak()
    raise KeyError(name)
