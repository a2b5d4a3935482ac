"""hibari: neural English voices of 8 MB that run a hundred times faster than real time on one core."""

import functools
import hashlib
import threading
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.voices.catalog import Voice
from mediamill.media.voices.ipa import american
from mediamill.media.voices.noise import KeptNoise
from mediamill.media.voices.sound import trimmed
from mediamill.media.voices.utterance import Utterance, text_of

_FULL_SCALE = 32_767.0
#: About 25 s of speech.
_LONGEST_PHONEMES = 400
_PART_PAUSE_S = 0.1
#: Changes when the same words would get other phonemes, or the same phonemes another sound.
_OURS = "phonemes 2+noise 1"


class Hibari:
    """hibari-tts behind our Engine. The same text gives the same bits, always."""

    name = "hibari"
    reads_ipa = True
    reads_figures = False

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def version(self, _voice: Voice) -> str:
        """Return the package's version and what its model hashes to."""
        return self._version

    @functools.cached_property
    def _version(self) -> str:
        import hibari  # type: ignore[import-untyped]  # noqa: PLC0415 - loads numpy only, yet after a fork

        assets = Path(hibari.__file__).parent / "assets"
        digest = hashlib.sha256((assets / "hibari.onnx").read_bytes()).hexdigest()
        return f"{version_of('hibari-tts')}+{digest[:12]}+{_OURS}"

    def speak(self, utterance: Utterance, voice: Voice, speed: float) -> NDArray[np.int16]:
        """As Engine.speak. Loads the model at the first call, about a second.

        Raises PermanentError for text it stumbles over, such as a number of a hundred digits.
        """
        with self._lock:
            model = _model(voice.engine_voice)
            try:
                # Not model(text), which takes "Jan. 5" for two sentences and pauses between them.
                parts = _parts(_phonemes(utterance, model))
                waves = [_int16(model.from_ids(model.ids(part), speed, KeptNoise())) for part in parts]
            except Exception as stumbled:
                raise PermanentError(
                    f"hibari cannot read this sentence of {len(text_of(utterance))} characters", code="ENGINE_REFUSED"
                ) from stumbled
        return waves[0] if len(waves) == 1 else _joined(waves, voice.rate_hz)


def _phonemes(utterance: Utterance, model: Any) -> str:  # noqa: ANN401 - hibari has no types
    """Return what the model is to say. Blanks are where the spans have them: none comes before a comma."""
    sounds = "".join(_edged(span.text, american(span.ipa) or _sounds(span.text, model)) for span in utterance)
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


def _parts(phonemes: str) -> list[str]:
    """Cut what is too long to be said at once: the model's memory grows with it, to a gigabyte for 90 s."""
    parts: list[str] = []
    rest = phonemes
    while len(rest) > _LONGEST_PHONEMES:
        head = rest[:_LONGEST_PHONEMES]
        clause = max(head.rfind(f"{mark} ") for mark in ",;:.!?—")
        end = (clause if clause > 0 else head.rfind(" ")) + 1 or _LONGEST_PHONEMES
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
    return [part for part in (*parts, rest) if part]


def _joined(waves: list[NDArray[np.int16]], rate_hz: int) -> NDArray[np.int16]:
    """Put parts of a sentence together without the model's paddings of a whole sentence."""
    pause = np.zeros(round(_PART_PAUSE_S * rate_hz), np.int16)
    pieces = [piece for wave in waves for piece in (trimmed(wave, rate_hz), pause)]
    return np.concatenate([pause[:0], *pieces])


def _int16(wave: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.clip(wave, -1.0, 1.0) * _FULL_SCALE, dtype=np.int16)


@functools.cache
def _model(engine_voice: str) -> Any:  # noqa: ANN401 - hibari has no types
    from hibari import Hibari as Model  # noqa: PLC0415 - onnxruntime is loaded when it is first needed

    # Two onnxruntime threads spin for each other and halve the speed.
    model = Model(voice=engine_voice, threads=1)
    model.sess = _lean_session(model.model_path)
    return model


def _lean_session(model_path: str) -> Any:  # noqa: ANN401 - onnxruntime's types are not hibari's
    """Open the model without onnxruntime's arena.

    An arena keeps what the longest sentence took, 70 MB for 25 s of speech, and sentences become no faster by it.
    """
    import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model_path, options, providers=["CPUExecutionProvider"])
