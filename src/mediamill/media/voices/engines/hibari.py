"""hibari: neural English voices of 8 MB that run a hundred times faster than real time on one core."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.memory import trim
from mediamill.media.voices.engines.onnx_file import digest, flaw
from mediamill.media.voices.engines.packages import version_of
from mediamill.media.voices.engines.parts import cut, joined
from mediamill.media.voices.reading.ipa import american, british
from mediamill.media.voices.utterance import Utterance, text_of
from mediamill.media.voices.voice import Voice

_FULL_SCALE = 32_767.0
#: Voices that a process holds at once: each has some 30 MB.
_MODELS = 3
#: About 25 s of speech. The memory that the model takes grows with it, to a gigabyte for 90 s.
_LONGEST_PHONEMES = 400
#: Changes when the same words would get other phonemes, or the same phonemes another sound.
_OURS = "phonemes 2+noise 1+frames 3"
#: Of the phonemes' ids, at both ends.
_PADS = 2


class Hibari:
    """hibari-tts behind our Engine. The same text gives the same bits, always."""

    name = "hibari"
    reads_ipa = True
    reads_figures = False

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def version(self, voice: Voice) -> str:
        """Return the package's version and a mark of the voice's model."""
        path = voice.model or _own_model()
        try:
            return f"{version_of('hibari-tts')}+{digest(path)}+{_OURS}"
        except OSError as error:
            raise _broken(f"{path.name} cannot be read: {error.strerror}") from error

    def speak(
        self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None
    ) -> NDArray[np.int16]:
        """As Engine.speak. Loads the model at the first call, about a second.

        Raises PermanentError for text it stumbles over, such as a number of a hundred digits, and with code
        ENGINE_BROKEN when the model cannot be loaded.
        """
        with self._lock:
            model = _model(voice.engine_voice, voice.model, self.version(voice))
            try:
                waves = []
                # Not model(text), which takes "Jan. 5" for two sentences and pauses between them.
                for number, part in enumerate(cut(_phonemes(utterance, model), _LONGEST_PHONEMES)):
                    if number > 0 and check is not None:
                        check()
                    waves.append(_said(model.ids(part.strip()), speed, model))
            except Exception as stumbled:
                raise PermanentError(
                    f"hibari cannot read this sentence of {len(text_of(utterance))} characters", code="ENGINE_REFUSED"
                ) from stumbled
        return joined(waves, voice.rate_hz)


@functools.cache
def _own_model() -> Path:
    import hibari  # type: ignore[import-untyped]  # noqa: PLC0415 - loads numpy only, yet after a fork

    return Path(hibari.__file__).parent / "assets" / "hibari.onnx"


def _phonemes(utterance: Utterance, model: Any) -> str:  # noqa: ANN401 - hibari has no types
    """Return what the model is to say. Blanks are where the spans have them: none comes before a comma."""
    letters = british if model.g2p.british else american
    sounds = "".join(_edged(span.text, letters(span.ipa) or _sounds(span.text, model)) for span in utterance)
    return " ".join(sounds.split())


def _edged(text: str, sounds: str) -> str:
    lead, tail = text[:1].isspace() * " ", text[-1:].isspace() * " "
    return f"{lead}{sounds}{tail}"


def _sounds(text: str, model: Any) -> str:  # noqa: ANN401 - hibari has no types
    """Return the phonemes of words.

    Without hibari's own reading of numbers and abbreviations, which takes the last word of "She said
    no." for "number": `reading` has done that where it was wanted.
    """
    return str(model.g2p(text.replace("\u2019", "'"), normalize_text=False)) if text.strip() else ""


def _said(ids: list[int], speed: float, model: Any) -> NDArray[np.int16]:  # noqa: ANN401 - hibari has no types
    from mediamill.media.voices.engines.spectrum import sound_of  # noqa: PLC0415 - loads scipy, as the model does

    if len(ids) <= _PADS:
        return np.zeros(0, np.int16)
    return _int16(sound_of(model.sess.frames(ids, speed)))


def _int16(wave: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.clip(wave, -1.0, 1.0) * _FULL_SCALE, dtype=np.int16)


@functools.lru_cache(maxsize=_MODELS)
def _model(engine_voice: str, path: Path | None, _version: str) -> Any:  # noqa: ANN401 - hibari has no types
    """Load a voice. Never fetches one: its package would, in the middle of a job, from a server nobody named."""
    from hibari import Hibari as Model  # noqa: PLC0415 - onnxruntime is loaded when it is first needed

    from mediamill.media.voices.engines.network import Network  # noqa: PLC0415 - as above

    path = path or _own_model()
    try:
        model = Model(voice=engine_voice, model=str(path), threads=1)
        model.sess = Network(path)
        _sounds("a", model)  # its dictionaries are read with the first word
    except Exception as error:
        raise _broken(flaw(path) or f"{path.name} cannot be loaded ({type(error).__name__})") from error
    trim()  # of 240 MB, 60
    return model


def _broken(why: str) -> PermanentError:
    return PermanentError(f"a model of hibari's is broken: {why}", code="ENGINE_BROKEN")
