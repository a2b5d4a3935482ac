"""hibari: neural English voices of 8 MB that run a hundred times faster than real time on one core."""

import functools
import hashlib
import threading
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.catalog import Voice

_FULL_SCALE = 32_767.0


class Hibari:
    """hibari-tts behind our Engine. The same text gives the same bits, always."""

    name = "hibari"

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @functools.cached_property
    def version(self) -> str:
        """The package's version and what its model hashes to."""
        import hibari  # type: ignore[import-untyped]  # noqa: PLC0415 - loads numpy only, yet after a fork

        assets = Path(hibari.__file__).parent / "assets"
        digest = hashlib.sha256((assets / "hibari.onnx").read_bytes()).hexdigest()
        return f"{version_of('hibari-tts')}+{digest[:12]}"

    def speak(self, text: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """As Engine.speak. Loads the model at the first call, about a second."""
        with self._lock:
            wave = _model(voice.engine_voice)(text, speed=speed, seed=0)
        return np.asarray(np.clip(wave, -1.0, 1.0) * _FULL_SCALE, dtype=np.int16)


@functools.cache
def _model(engine_voice: str) -> Any:  # noqa: ANN401 - hibari has no types
    from hibari import Hibari as Model  # noqa: PLC0415 - onnxruntime is loaded when it is first needed

    # Two onnxruntime threads spin for each other and halve the speed.
    return Model(voice=engine_voice, threads=1)
